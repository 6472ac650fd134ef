import type { Settings } from '../../app/ports.js';
import { utcTimestamp } from '../../contract/timestamp.js';
import { operations } from '../call/operations.js';
import { defaultOperations } from '../steering.js';
import { ArmedRules } from './armed.js';
import { Choice, Field, Layout, type Option, optionsOf, type Page, type Query, Scroll } from './page.js';
import type { Texts } from './texts.js';
import { ErrorCodes, Words } from './words.js';

/** A workspace as `GET /workspaces` names it. */
export interface WorkspaceRow {
  readonly name: string;
  readonly orders?: number | null;
  readonly requests?: number | null;
  readonly lastUsedAt?: string | null;
  readonly expiresAt?: string | null;
}

interface Props {
  readonly page: Page;
  readonly settings: Settings;
  /** `undefined` where the server does not list them. */
  readonly workspaces: readonly WorkspaceRow[] | undefined;
  /** Of the query: what a link fills in. */
  readonly asked: Readonly<Record<string, string>>;
}

/** What testers most often look for, as words to arm. */
const presets = {
  presetLost: { fault: 'reset', phase: 'after' },
  presetSilent: { fault: 'hang' },
  presetError: { error: 'EBP-C-0011' },
  presetSlow: { delay: '5000' },
} as const satisfies Partial<Record<keyof Texts, Query>>;

export function SteerPage({ page, settings, workspaces, asked }: Props) {
  const { t, to } = page;
  const { orderNo } = asked;
  // The two forms ask for the same words: each is filled in again with its own.
  const again = (path: string) => (page.refused === path ? page.form : {});
  const standing = { ...page, form: { ...settings.defaults, ...again('/defaults') } };
  const filled = { ...page, form: { ...asked, ...again('/arm') } };
  return (
    <Layout page={page} title={t.steer} tab="steer">
      <ErrorCodes page={page} />
      <div class="head">
        <h1>{t.steer}</h1>
        <p class="quiet">{t.steerIntro}</p>
      </div>
      <div class="columns">
        <section class="card" id="arm">
          <h2>{t.armTitle}</h2>
          <p class="quiet">{t.armNote}</p>
          <p class="pages">
            <span class="quiet">{t.fillIn}</span>
            {Object.entries(presets).map(([name, words]) => (
              <a href={`${to('console/steer', { orderNo, ...words })}#arm`}>
                {t[name as keyof typeof presets]}
              </a>
            ))}
          </p>
          <form method="post" action={to('console/arm')} class="form">
            <Field
              label={t.whichOrder}
              name="orderNo"
              page={page}
              value={orderNo}
              placeholder={t.everyOrder}
            />
            <Field label={t.times} name="times" page={page} value="1" placeholder={t.always} list="times" />
            <datalist id="times">
              <option value="1" />
              <option value="2" />
              <option value="always">{t.always}</option>
            </datalist>
            <Choice
              label={t.operation}
              name="operation"
              page={page}
              options={operations.map(({ name }): Option => [name, name])}
            />
            <Words page={filled} />
            <button type="submit">{t.arm}</button>
          </form>
        </section>
        <section class="card">
          <h2>{t.armed}</h2>
          <Armed page={page} settings={settings} />
        </section>
        <section class="card" id="defaults">
          <h2>{t.defaults}</h2>
          <p class="quiet">{t.defaultsNote}</p>
          <form method="post" action={to('console/defaults')} class="form">
            <Words page={standing} withMode />
            <Choice
              label={t.meetsDefaults}
              name="operation"
              page={standing}
              options={optionsOf(defaultOperations, '–')}
            />
            <button type="submit">{t.setDefaults}</button>
          </form>
        </section>
        <ClockCard page={page} />
        <section class="card" id="workspace">
          <h2>
            {t.workspaceTitle} <code>{page.world.workspace}</code>
          </h2>
          <p>
            <a class="button" href={to('snapshot')} download={`snapshot-${page.world.workspace}.json`}>
              {t.snapshot}
            </a>
          </p>
          <p class="quiet">{t.snapshotNote}</p>
          <form
            class="form"
            data-restore={to('snapshot')}
            data-then={to('console/steer', { done: 'restored' })}
            hidden
          >
            <label class="field">
              <span>{t.file}</span>
              <input type="file" name="file" accept="application/json,.json" required />
            </label>
            <button type="submit" class="second">
              {t.restore}
            </button>
            <p class="note bad" role="alert" data-failed={t.failed} hidden />
          </form>
          <noscript>
            <p class="quiet">
              {t.restoreNoScript} …{`/w/${page.world.workspace}/_sandbox/snapshot`}
            </p>
          </noscript>
          <details class="danger">
            <summary>{t.resetWorkspace}</summary>
            <p>{t.resetNote}</p>
            <form method="post" action={to('console/reset')}>
              <button type="submit" class="dangerous">
                {t.resetNow}
              </button>
            </form>
          </details>
        </section>
        <WorkspacesCard page={page} workspaces={workspaces} />
      </div>
    </Layout>
  );
}

function Armed({ page, settings: { armed } }: Pick<Props, 'page' | 'settings'>) {
  const { t, to } = page;
  return (
    <div id="armed" data-refresh data-stream={to('console/stream', { after: page.after })}>
      {armed.length === 0 ? <p class="empty">{t.noArmed}</p> : null}
      <ArmedRules page={page} armed={armed} />
      {armed.length > 1 ? (
        <form method="post" action={to('console/disarm')}>
          <button type="submit" class="quiet-button">
            {t.removeAll}
          </button>
        </form>
      ) : null}
    </div>
  );
}

function ClockCard({ page }: { readonly page: Page }) {
  const { t, to, world } = page;
  const { clock } = world;
  const now = utcTimestamp(clock.now());
  return (
    <section class="card" id="clock">
      <h2>{t.clock}</h2>
      <p class="big">
        {`${now.slice(0, 19).replace('T', ' ')} UTC`}{' '}
        <span class={`tag ${clock.isFrozen ? 'warn' : 'good'}`}>{clock.isFrozen ? t.frozen : t.running}</span>
      </p>
      <p class="quiet">{t.clockNote}</p>
      <form method="post" action={to('console/clock')} class="row">
        <button type="submit" class="second" name="frozen" value={String(!clock.isFrozen)}>
          {clock.isFrozen ? t.unfreeze : t.freeze}
        </button>
      </form>
      <form method="post" action={to('console/advance')} class="row">
        <Field label={t.by} name="by" page={page} value="15" inputmode="numeric" required />
        <label class="field">
          <span>{t.unit}</span>
          <select name="unit">
            {(['seconds', 'minutes', 'hours', 'days'] as const).map((unit) => (
              <option value={unit} selected={unit === (page.form.unit ?? 'minutes')}>
                {t[unit]}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" class="second">
          {t.advance}
        </button>
      </form>
      <form method="post" action={to('console/clock')} class="row">
        <Field label={t.time} name="now" page={page} value={`${now.slice(0, 19)}Z`} required />
        <button type="submit" class="second">
          {t.setTime}
        </button>
      </form>
    </section>
  );
}

const minute = (iso: string | null | undefined, none: string): string =>
  iso ? iso.slice(0, 16).replace('T', ' ') : none;

function WorkspacesCard({ page, workspaces }: Pick<Props, 'page' | 'workspaces'>) {
  const { t, to, world } = page;
  return (
    <section class="card" id="workspaces">
      <h2>{t.workspaces}</h2>
      <p class="quiet">{t.workspacesNote}</p>
      <form method="get" action={to('console/workspace')} class="row">
        <Field
          label={t.name}
          name="name"
          page={page}
          value={world.workspace}
          pattern="[a-z0-9][a-z0-9._\-]{0,63}"
          required
        />
        <button type="submit" class="second">
          {t.switch}
        </button>
      </form>
      {workspaces ? (
        <Scroll label={t.workspaces}>
          <table class="figures">
            <thead>
              <tr>
                <th scope="col" class="text">
                  {t.name}
                </th>
                <th scope="col">{t.sizeOrders}</th>
                <th scope="col">{t.sizeCalls}</th>
                <th scope="col">{t.lastUsed}</th>
                <th scope="col">{t.expires}</th>
              </tr>
            </thead>
            <tbody>
              {workspaces.map(({ name, orders, requests, lastUsedAt, expiresAt }) => (
                <tr class={name === world.workspace ? 'named' : undefined}>
                  <th scope="row" class="text">
                    <a href={page.toWorkspace(name)}>{name}</a>
                  </th>
                  <td>{orders ?? '–'}</td>
                  <td>{requests ?? '–'}</td>
                  <td>{minute(lastUsedAt, '–')}</td>
                  <td>{minute(expiresAt, t.never)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      ) : null}
    </section>
  );
}
