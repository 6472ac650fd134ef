import type { Child } from 'hono/jsx';
import type { World } from '../../app/world.js';
import type { Language } from '../../contract/error-table.js';
import { utcTimestamp } from '../../contract/timestamp.js';
import { type Money, times } from '../../domain/money.js';
import type { OrderState } from '../../domain/transitions.js';
import type { Services } from '../services.js';
import type { Texts } from './texts.js';

/** What every part of a page is written with. */
export interface Page {
  readonly services: Services;
  readonly world: World;
  readonly language: Language;
  readonly t: Texts;
  /** A relative link to a path below `/_sandbox/` of the page's workspace; empty values are left out. */
  readonly to: (path: string, query?: Query) => string;
  /** The same in another workspace. */
  readonly toWorkspace: (name: string) => string;
  /** The event after which the page has to be kept up to date. */
  readonly after: string | undefined;
  /** The language that the address itself asks for. */
  readonly askedLanguage: Language | undefined;
  /** This page in the other language. */
  readonly otherLanguage: string;
  /** A message about what a form has just done. */
  readonly done: string | undefined;
  readonly mistake: string | undefined;
  /** What a form that was refused held, to be filled in again. */
  readonly form: Readonly<Record<string, string>>;
  /** Which form that was: its path below the console. */
  readonly refused?: string | undefined;
}

export type Query = Readonly<Record<string, string | undefined>>;

type Tab = 'calls' | 'orders' | 'steer' | 'try' | 'certification';

const tabs: readonly (readonly [Tab, string])[] = [
  ['calls', 'console'],
  ['orders', 'console/orders'],
  ['try', 'console/try'],
  ['steer', 'console/steer'],
  ['certification', 'console/certification'],
];

export const other = (language: Language): Language => (language === 'en' ? 'ko' : 'en');

interface LayoutProps {
  readonly page: Page;
  readonly title: string;
  readonly tab?: Tab;
  readonly children?: Child;
}

/** A whole page with its head, its bar and its content. */
export function Layout({ page, title, tab, children }: LayoutProps) {
  const { t, to, world, language, services } = page;
  return (
    <Frame page={page} title={title}>
      <a class="skip" href="#content">
        {t.skip}
      </a>
      <header class="bar">
        <a class="brand" href={to('console')}>
          <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
            <path d="M4 8h12a4 4 0 0 1 0 8H8" class="mark" />
            <path d="m8 12-4-4 4-4" class="mark" />
          </svg>
          {t.title}
        </a>
        <nav aria-label={t.navigation}>
          {tabs.map(([name, path]) => (
            <a href={to(path)} aria-current={name === tab ? 'page' : undefined}>
              {t[name]}
            </a>
          ))}
        </nav>
        <div class="status">
          <a href={`${to('console/steer')}#workspaces`} class="workspace">
            <span class="quiet">{t.workspace}</span> {world.workspace}
          </a>
          <a href={`${to('console/steer')}#clock`} class={world.clock.isFrozen ? 'clock frozen' : 'clock'}>
            <span class="quiet">{t.clock}</span>{' '}
            <time>{utcTimestamp(world.clock.now()).slice(0, 19).replace('T', ' ')}</time> UTC
            {world.clock.isFrozen ? <strong> {t.frozen}</strong> : null}
          </a>
          <a href={page.otherLanguage} lang={other(language)} hreflang={other(language)}>
            {t.language}
          </a>
        </div>
      </header>
      <main id="content" tabindex={-1}>
        {page.done ? (
          <p class="note good" role="status">
            {page.done}
          </p>
        ) : null}
        {page.mistake ? (
          <p class="note bad" role="alert">
            <strong>{t.failed}.</strong> {page.mistake}
          </p>
        ) : null}
        {children}
      </main>
      <footer>
        ebp-sandbox {services.version} · {t.notThePlatform}
      </footer>
    </Frame>
  );
}

/** A page without the bar: before anybody may see what is in the sandbox. */
export function Frame({ page, title, children }: Omit<LayoutProps, 'tab'>) {
  const { t, to, language } = page;
  return (
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · ${t.title}`}</title>
        <link rel="icon" type="image/svg+xml" href={to('console/icon.svg')} />
        <link rel="stylesheet" href={to('console/style.css')} />
        <script type="module" src={to('console/script.js')} />
      </head>
      <body data-copied={t.copied} data-copy-by-hand={t.copyByHand}>
        {children}
      </body>
    </html>
  );
}

/** Something that may be wider or longer than its place; who has no mouse scrolls it by keyboard. */
export const Scroll = ({ label, children }: { readonly label: string; readonly children?: Child }) => (
  // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
  <div class="scroll" role="group" tabindex={0} aria-label={label}>
    {children}
  </div>
);

interface LineTableProps {
  readonly label: string;
  /** The columns behind the number and the item of a line. */
  readonly figures: readonly string[];
  readonly t: Texts;
  readonly children?: Child;
}

/** The lines of an order, with figures. */
export const LineTable = ({ label, figures, t, children }: LineTableProps) => (
  <Scroll label={label}>
    <table class="figures">
      <thead>
        <tr>
          <th scope="col">{t.seq}</th>
          <th scope="col" class="text">
            {t.item}
          </th>
          {figures.map((figure) => (
            <th scope="col">{figure}</th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </Scroll>
);

/** How much of a long list stands on a page that is written anew with every call. */
export const SHOWN = 100;

/** Says how many of a list are left out, and leads to them where there is a way. */
export const LeftOut = ({ count, t, href }: { count: number; t: Texts; href?: string }) =>
  count > 0 ? (
    <p class="quiet">
      {String(count)} {t.leftOut} {href === undefined ? null : <a href={href}>{t.seeAll}</a>}
    </p>
  ) : null;

/** For a form that is sent by GET, whose action loses its query. */
export const AskedLanguage = ({ page: { askedLanguage } }: { readonly page: Page }) =>
  askedLanguage ? <input type="hidden" name="lang" value={askedLanguage} /> : null;

/** An amount as a person writes it: `103,000`, `10.25`. */
export function amountOf(money: Money): string {
  const [whole = '', decimals] = String(money).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return decimals === undefined ? grouped : `${grouped}.${decimals}`;
}

/** How the money of a line came about; where it is of the whole line (reading R1, `perLine`), its quantity alone. */
export const factorsOf = (amount: Money, quantity: bigint, money: Money, { t }: Page): string =>
  money.eq(times(amount, quantity)) ? `${amountOf(amount)} × ${quantity}` : `${t.quantity} ${quantity}`;

export const State = ({ state }: { readonly state: OrderState }) => (
  <span class={`state ${state.toLowerCase()}`}>{state}</span>
);

/** How much of something is left, as a bar. */
export function Bar({
  left,
  of,
  label,
}: {
  readonly left: Money;
  readonly of: Money;
  readonly label: string;
}) {
  const share = Number(of) > 0 ? Number(left) / Number(of) : 0;
  return (
    <svg class="money" role="img" aria-label={label} height="10" width="100%">
      <rect class="track" width="100%" height="10" rx="5" />
      {share > 0 ? (
        <rect class="left" width={`${Math.max(2, share * 100).toFixed(1)}%`} height="10" rx="5" />
      ) : null}
    </svg>
  );
}

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly page: Page;
  readonly value?: string | undefined;
  readonly [attribute: string]: unknown;
}

/** A text field with its label. */
export const Field = ({ label, name, page, value, ...rest }: FieldProps) => (
  <label class="field">
    <span>{label}</span>
    <input name={name} value={page.form[name] ?? value} autocomplete="off" spellcheck={false} {...rest} />
  </label>
);

export type Option = readonly [value: string, shown: string];

interface ChoiceProps {
  readonly label: string;
  readonly name: string;
  readonly page: Page;
  readonly options: readonly Option[];
  readonly value?: string | undefined;
}

/** A list to choose from with its label. */
export function Choice({ label, name, page, options, value }: ChoiceProps) {
  const chosen = page.form[name] ?? value ?? '';
  return (
    <label class="field">
      <span>{label}</span>
      <select name={name}>
        {options.map(([key, shown]) => (
          <option value={key} selected={key === chosen}>
            {shown}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The choices of a word of the contract, after one that stands for none. */
export const optionsOf = (values: Iterable<string>, none: string): readonly Option[] => [
  ['', none],
  ...[...values].map((value): Option => [value, value]),
];

/** A text to take along, with a button that copies it. */
export const CopyBox = ({ id, text, label, t }: { id: string; text: string; label: string; t: Texts }) => (
  <div class="copybox">
    <textarea
      id={id}
      readonly
      rows={Math.min(14, text.split('\n').length)}
      aria-label={label}
      spellcheck={false}
    >
      {text}
    </textarea>
    <button type="button" class="quiet-button" data-copy={id} hidden>
      {t.copy}
    </button>
  </div>
);
