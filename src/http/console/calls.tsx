import type { JournalEntry } from '../../app/journal.js';
import { differences, resultCodeOf } from '../../app/verify.js';
import { parseBody } from '../../contract/body.js';
import { readCancelRequest } from '../../contract/cancel-request.js';
import { errorTable, resultCodes } from '../../contract/error-table.js';
import { reason } from '../../contract/reasons.js';
import { isSuccess, rules, ruleTable } from '../../contract/rule-table.js';
import { sumOf, ZERO } from '../../domain/money.js';
import { moneyOf, type Order } from '../../domain/order.js';
import { asCurl } from './curl.js';
import {
  AskedLanguage,
  amountOf,
  Choice,
  CopyBox,
  Field,
  Layout,
  optionsOf,
  type Page,
  Scroll,
  State,
} from './page.js';
import { Evidence, RefusalCard } from './refusal.js';
import { type Loss, lossesIn } from './timeline.js';

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
function toneOf({
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

export function Change({
  entry: { orderState },
  t,
}: {
  readonly entry: JournalEntry;
  readonly t: Page['t'];
}) {
  if (!orderState) return <span class="quiet">{t.nobody}</span>;
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
  if (answerOrigin === 'sandbox')
    return answer ? (/"detail":("(?:[^"\\]|\\.)*")/.exec(answer.body)?.[1] ?? '') : '';
  const [first] = refusals;
  if (first) return reason(first, language);
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
      <code class="rule">{rule ?? '–'}</code>
      <Change entry={entry} t={t} />
      <Received entry={entry} t={t} />
      <Steered applied={applied} />
      {summary ? <p class="summary">{summary}</p> : null}
    </li>
  );
}

const Steered = ({ applied }: Pick<JournalEntry, 'applied'>) => (
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
        <a href={to('requests', { limit: '1000' })} download={`calls-${page.world.workspace}.json`}>
          {t.downloadCalls}
        </a>
      </p>
    </Layout>
  );
}

interface CallPageProps {
  readonly page: Page;
  readonly entry: JournalEntry;
  readonly order: Order | undefined;
  /** Where clients reach the sandbox, as far as this request tells. */
  readonly server: string;
}

/** Everything about one call. */
export function CallPage({ page, entry, order, server }: CallPageProps) {
  const { t, to, world } = page;
  const { requestId, orderNo, refusals, answer, warnings, request, durationMs, delivery } = entry;
  const ofOrder = [...world.journal.newest()].filter(
    (one) => orderNo !== undefined && one.orderNo === orderNo,
  );
  const loss = lossesIn(ofOrder.reverse())(entry);
  const shownBytes = new TextEncoder().encode(request.body).length;
  return (
    <Layout page={page} title={`${t.call} ${requestId}`} tab="calls">
      <div class="head">
        <h1>
          {entry.operation ?? t.unknownCall}{' '}
          {orderNo === undefined ? null : <a href={to('console/order', { orderNo })}>{orderNo}</a>}
        </h1>
        <p class="quiet">
          {t.call} {requestId} · <time datetime={entry.receivedAt}>{entry.receivedAt}</time>
        </p>
      </div>
      <p class="glance">
        <Result entry={entry} t={t} /> <Change entry={entry} t={t} /> <Received entry={entry} t={t} />{' '}
        <Steered applied={entry.applied} />
      </p>
      <LossNote loss={loss} entry={entry} page={page} />
      <div class="columns">
        <div>
          <Verdict entry={entry} page={page} />
          {refusals.length > 1 ? (
            <section>
              <h2>{t.otherReasons}</h2>
              {refusals.slice(1).map((refusal) => (
                <RefusalCard refusal={refusal} page={page} />
              ))}
            </section>
          ) : null}
          {order ? <LinesAsked entry={entry} order={order} page={page} /> : null}
          {warnings.length > 0 ? (
            <section>
              <h2>{t.warnings}</h2>
              <ul class="warnings">
                {warnings.map(({ warning, message }) => (
                  <li>
                    <code>{warning}</code> {message}
                  </li>
                ))}
              </ul>
            </section>
          ) : null}
        </div>
        <div>
          <section>
            <h2>{t.request}</h2>
            <p class="mono">
              {request.method} {request.path}
            </p>
            <Headers headers={request.headers} t={t} />
            <Code text={request.body} label={t.request} />
            {shownBytes < request.bodyBytes ? <p class="quiet">{t.cutNote}</p> : null}
          </section>
          <section>
            <h2>{t.answer}</h2>
            {answer ? (
              <>
                <p class="mono">
                  {String(answer.status)} {answer.contentType}
                </p>
                <Headers headers={answer.headers ?? {}} t={t} />
                <Code text={answer.body} label={t.answer} />
                <p class="quiet">
                  {t.answerAsSent} · {String(delivery.bodyBytes)} {t.bytesReached}
                  {durationMs === undefined ? null : ` · ${t.duration} ${durationMs.toFixed(1)} ms`}
                </p>
              </>
            ) : (
              <p>{t.noAnswer}</p>
            )}
          </section>
          <section>
            <h2>{t.takeAlong}</h2>
            <CopyBox id="curl" text={asCurl(entry, server)} label={t.asCurl} t={t} />
            <p class="quiet">{t.curlNote}</p>
            <p class="pages">
              <a href={to(`requests/${requestId}`)} download={`call-${requestId}.json`}>
                {t.downloadCall}
              </a>
              <a href={to('console/try', { call: requestId })}>{t.tryAgain}</a>
            </p>
          </section>
        </div>
      </div>
    </Layout>
  );
}

/** What decided the call: the first refusal, or how it went. */
export function Verdict({ entry, page }: { readonly entry: JournalEntry; readonly page: Page }) {
  const { t, language } = page;
  const { rule, refusals, answerOrigin } = entry;
  const [first] = refusals;
  if (first) {
    return (
      <section>
        <h2>{t.whyRefused}</h2>
        <RefusalCard refusal={first} page={page} />
      </section>
    );
  }
  const title =
    answerOrigin === 'sandbox'
      ? t.sandboxSpoke
      : rule === 'injected'
        ? t.wasInjected
        : rule === 'detail.found'
          ? t.found
          : t.accepted;
  return (
    <section>
      <h2>{t.whatHappened}</h2>
      <article class="verdict">
        <p class="reason">{title}</p>
        <p>{summaryOf(entry, page)}</p>
        {rule ? (
          <>
            <p class="where">
              <code class="rule">{rule}</code>
              {answerOrigin === 'sandbox' ? ` ${ruleTable[rule].meaning[language]}` : null}
            </p>
            <Evidence rule={rule} page={page} />
          </>
        ) : null}
      </article>
    </section>
  );
}

export function LossNote({ loss, entry, page }: { loss: Loss; entry: JournalEntry; page: Page }) {
  const { t } = page;
  if (!loss.isLost && loss.retries === undefined) return null;
  return (
    <p class="note lost">
      {loss.isLost ? (
        <>
          <strong>{t.lost}</strong>{' '}
          {entry.delivery.connection === 'half-closed' ? t.answerMayBeLost : t.answerLost}{' '}
        </>
      ) : null}
      {loss.retriedBy === undefined ? null : (
        <LinkedCall label={t.wasRetried} requestId={loss.retriedBy} page={page} />
      )}
      {loss.retries === undefined ? null : (
        <LinkedCall label={t.retries} requestId={loss.retries} page={page} />
      )}
    </p>
  );
}

const LinkedCall = ({ label, requestId, page }: { label: string; requestId: string; page: Page }) => (
  <>
    {label} <a href={page.to(`console/calls/${requestId}`)}>{requestId}</a>{' '}
  </>
);

/** Each line of the order beside what the call asked of it, as the order stood before the call. */
function LinesAsked({
  entry,
  order,
  page: { t, services },
}: {
  entry: JournalEntry;
  order: Order;
  page: Page;
}) {
  if (entry.operation !== 'cancel') return null;
  const { json, refusal } = parseBody(new TextEncoder().encode(entry.request.body));
  const read = refusal ? undefined : readCancelRequest(json, services.dialect.lineAmount);
  const asked = read?.fits ? read.request.items : [];
  // Request ids rise, so a cancel before this call has a smaller one; ids of another length come from a scenario.
  const before = order.cancels.filter(
    ({ requestId }) => requestId.length !== entry.requestId.length || requestId < entry.requestId,
  );
  return (
    <section>
      <h2>{t.linesAsked}</h2>
      <Scroll label={t.linesAsked}>
        <table class="figures">
          <thead>
            <tr>
              <th scope="col">{t.seq}</th>
              <th scope="col" class="text">
                {t.item}
              </th>
              <th scope="col">{t.ordered}</th>
              <th scope="col">{t.cancelled}</th>
              <th scope="col">{t.left}</th>
              <th scope="col">{t.asked}</th>
            </tr>
          </thead>
          <tbody>
            {order.lines.map((line) => {
              const later = order.cancels
                .filter((cancel) => !before.includes(cancel))
                .flatMap(({ items }) => items.filter(({ seq }) => seq === line.seq));
              const cancelled = line.cancelledAmount.minus(sumOf(later, moneyOf));
              const left = moneyOf(line).minus(cancelled);
              const of = asked.filter(({ seq }) => seq === line.seq);
              const wanted = sumOf(of, moneyOf);
              return (
                <tr class={wanted.gt(left) ? 'over' : of.length > 0 ? 'named' : undefined}>
                  <th scope="row">{String(line.seq)}</th>
                  <td class="text">{line.itemId}</td>
                  <td>{amountOf(moneyOf(line))}</td>
                  <td>{cancelled.eq(ZERO) ? '–' : amountOf(cancelled)}</td>
                  <td>{amountOf(left)}</td>
                  <td>{of.length > 0 ? amountOf(wanted) : '–'}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
      <p class="quiet">{t.linesAskedNote}</p>
    </section>
  );
}

export const Headers = ({ headers, t }: { headers: Readonly<Record<string, string>>; t: Page['t'] }) => (
  <details class="headers">
    <summary>
      {t.headers} ({String(Object.keys(headers).length)})
    </summary>
    <dl>
      {Object.entries(headers).map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  </details>
);

/** A body to read; JSON is set out, numbers and all else stay as they were. */
export const Code = ({ text, label }: { readonly text: string; readonly label: string }) =>
  text === '' ? null : (
    <Scroll label={label}>
      <pre class="code">{setOut(text)}</pre>
    </Scroll>
  );

/** JSON over several lines without touching a digit; any other text as it is. */
export function setOut(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let depth = 0;
  const compact = text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
  return compact.replace(/"(?:[^"\\]|\\.)*"|\[\]|\{\}|[{}[\],:]/g, (token) => {
    if (token === '{' || token === '[') {
      depth += 1;
      return `${token}\n${'  '.repeat(depth)}`;
    }
    if (token === '}' || token === ']') {
      depth -= 1;
      return `\n${'  '.repeat(depth)}${token}`;
    }
    if (token === ',') return `,\n${'  '.repeat(depth)}`;
    return token === ':' ? ': ' : token;
  });
}
