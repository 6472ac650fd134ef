import type { JournalEntry } from '../../app/journal.js';
import { differences, resultCodeOf } from '../../app/verify.js';
import { errorTable, resultCodes } from '../../contract/error-table.js';
import { isSuccess, rules, ruleTable } from '../../contract/rule-table.js';
import { AskedLanguage, Choice, Field, Layout, optionsOf, type Page, State } from './page.js';
import { sentenceOf } from './refusal.js';
import { toldIn } from './told.js';

/** So many calls stand on one page. */
export const ROWS = 100;

/** What the list of calls is narrowed to. */
export interface CallFilter {
  readonly orderNo?: string | undefined;
  readonly rule?: string | undefined;
  readonly resultCode?: string | undefined;
  readonly received?: string | undefined;
}

export const filterKeys = ['orderNo', 'rule', 'resultCode', 'received'] as const;

export const fitsFilter = (entry: JournalEntry, filter: CallFilter): boolean =>
  differences(entry, filter).length === 0;

/** `bad` was refused or failed, `injected` was asked for, `sandbox` is no answer of EBP. */
export function toneOf({
  rule,
  answer,
  answerOrigin,
}: JournalEntry): 'good' | 'bad' | 'injected' | 'sandbox' | 'pending' {
  if (!answer) return 'pending';
  if (answerOrigin !== 'decision') return answerOrigin;
  return rule && isSuccess(rule) ? 'good' : 'bad';
}

export function Result({ entry, t }: { readonly entry: JournalEntry; readonly t: Page['t'] }) {
  const { answer, answerOrigin } = entry;
  const code = answerOrigin === 'sandbox' ? undefined : resultCodeOf(entry);
  return (
    <span class={`result ${toneOf(entry)}`}>
      {answer ? String(answer.status) : t.pending}
      {code === undefined ? null : <code>{code}</code>}
    </span>
  );
}

export function Received({
  entry: { delivery },
  t,
}: {
  readonly entry: JournalEntry;
  readonly t: Page['t'];
}) {
  const { received, connection } = delivery;
  return (
    <span class={`received ${received}`}>
      {t[received]}
      {connection ? <small> · {t[connection]}</small> : null}
    </span>
  );
}

export function Change({ entry: { orderState } }: { readonly entry: JournalEntry }) {
  if (!orderState) return <span class="quiet none">–</span>;
  return (
    <span class="change">
      <State state={orderState.before} />
      {orderState.after ? (
        <>
          {' → '}
          <State state={orderState.after} />
        </>
      ) : null}
    </span>
  );
}

const clockTime = (iso: string): string => iso.slice(11, 23);

/** One call in a sentence: why it was refused, or what was asked for instead of a decision. */
export function summaryOf(
  { refusals, rule, answer, answerOrigin }: JournalEntry,
  { language, t }: Page,
): string {
  if (answerOrigin === 'sandbox') return answer ? toldIn(answer.body, language) : '';
  const [first] = refusals;
  if (first) return sentenceOf(first, language);
  if (answerOrigin === 'injected')
    return rule === 'injected' ? ruleTable.injected.meaning[language] : t.decidedThen;
  return '';
}

/** One line of the list; the live list replaces it by its id. */
export function CallRow({ entry, page }: { readonly entry: JournalEntry; readonly page: Page }) {
  const { t, to } = page;
  const { requestId, operation, orderNo, rule, applied } = entry;
  const summary = summaryOf(entry, page);
  return (
    <li id={`call-${requestId}`} class={`call ${toneOf(entry)}`}>
      <a
        class="time"
        href={to(`console/calls/${requestId}`)}
        aria-label={`${clockTime(entry.receivedAt)} ${t.call} ${requestId}`}
      >
        <time datetime={entry.receivedAt}>{clockTime(entry.receivedAt)}</time>
      </a>
      <span class="who">
        <span class="quiet">{operation ?? t.unknownCall}</span>{' '}
        {orderNo === undefined ? (
          <span class="quiet">{t.noOrder}</span>
        ) : (
          <a href={to('console/order', { orderNo })}>{orderNo}</a>
        )}
      </span>
      <Result entry={entry} t={t} />
      <code class={rule ? 'rule' : 'none'}>{rule ?? '–'}</code>
      <Change entry={entry} />
      <span>
        <span class="label">{t.clientGot} </span>
        <Received entry={entry} t={t} />
      </span>
      <Steered applied={applied} />
      {summary ? <p class="summary">{summary}</p> : null}
    </li>
  );
}

export const Steered = ({ applied }: Pick<JournalEntry, 'applied'>) => (
  <span class="steered">
    {applied.map(({ word, value, via }) => (
      <span class="tag">
        {word} <b>{value}</b> <small>{via}</small>
      </span>
    ))}
  </span>
);

interface ListProps {
  readonly page: Page;
  readonly entries: readonly JournalEntry[];
  readonly filter: CallFilter;
  /** Where the next page starts. */
  readonly next: string | undefined;
  readonly isFirst: boolean;
}

export function CallsPage({ page, entries, filter, next, isFirst }: ListProps) {
  const { t, to, language } = page;
  const isFiltered = filterKeys.some((key) => filter[key]);
  return (
    <Layout page={page} title={t.calls} tab="calls">
      <div class="head">
        <h1>{t.calls}</h1>
        <p class="quiet">{t.callsIntro}</p>
        {isFirst ? (
          <div class="follow" hidden>
            <span
              id="live-state"
              role="status"
              data-live={t.live}
              data-paused={t.paused}
              data-offline={t.offline}
            />
            <span id="live-waiting" data-text={t.waiting} />
            <button type="button" id="live-pause" data-pause={t.pause} data-resume={t.resume}>
              {t.pause}
            </button>
          </div>
        ) : null}
      </div>
      <form class="filter" method="get" action={to('console')}>
        <AskedLanguage page={page} />
        <Field label={t.order} name="orderNo" page={page} value={filter.orderNo} />
        <Choice
          label={t.result}
          name="resultCode"
          page={page}
          value={filter.resultCode}
          options={[
            ['', t.anyResult],
            ...resultCodes.map((c) => [c, `${c} ${errorTable[c][language]}`] as const),
          ]}
        />
        <Choice
          label={t.rule}
          name="rule"
          page={page}
          value={filter.rule}
          options={optionsOf(rules, t.anyRule)}
        />
        <Choice
          label={t.clientGot}
          name="received"
          page={page}
          value={filter.received}
          options={[
            ['', t.anyReceived],
            ...(['complete', 'part', 'nothing', 'pending'] as const).map((one) => [one, t[one]] as const),
          ]}
        />
        <div class="buttons">
          <button type="submit">{t.filter}</button>
          {isFiltered ? <a href={to('console')}>{t.clearFilter}</a> : null}
        </div>
      </form>
      <div class="calls-head" aria-hidden="true">
        <span>{t.time}</span>
        <span>{t.order}</span>
        <span>{t.result}</span>
        <span>{t.rule}</span>
        <span>{t.stateChange}</span>
        <span>{t.clientGot}</span>
      </div>
      <ol
        class="calls"
        id="calls"
        data-stream={isFirst ? to('console/stream', { ...filter, after: page.after }) : undefined}
      >
        {entries.map((entry) => (
          <CallRow entry={entry} page={page} />
        ))}
      </ol>
      {entries.length === 0 ? (
        <p class="empty" id="empty">
          {isFiltered ? t.noCallFits : t.noCalls}{' '}
          {isFiltered ? null : <a href={to('console/try')}>{t.try}</a>}
        </p>
      ) : null}
      <p class="pages">
        {next === undefined ? null : <a href={to('console', { ...filter, cursor: next })}>{t.older}</a>}
        <a
          href={to('requests', { ...filter, limit: '1000' })}
          download={`calls-${page.world.workspace}.json`}
        >
          {t.downloadCalls}
        </a>
      </p>
    </Layout>
  );
}
