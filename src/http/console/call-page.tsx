import type { JournalEntry } from '../../app/journal.js';
import { parseBody } from '../../contract/body.js';
import { readCancelRequest } from '../../contract/cancel-request.js';
import { ruleTable } from '../../contract/rule-table.js';
import { sumOf, ZERO } from '../../domain/money.js';
import { moneyOf, type Order } from '../../domain/order.js';
import { Change, Received, Result, Steered, summaryOf } from './calls.js';
import { asCurl } from './curl.js';
import { amountOf, CopyBox, Layout, LineTable, type Page, Scroll } from './page.js';
import { Evidence, RefusalCard } from './refusal.js';
import { isLost, RelatedCalls } from './related.js';

interface CallPageProps {
  readonly page: Page;
  readonly entry: JournalEntry;
  readonly order: Order | undefined;
  /** Where clients reach the sandbox, as far as this request tells. */
  readonly server: string;
}

/** Everything about one call. */
export function CallPage({ page, entry, order, server }: CallPageProps) {
  const { t, to } = page;
  const { requestId, orderNo, refusals, answer, warnings, request, durationMs, delivery } = entry;
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
        <Result entry={entry} t={t} /> <Change entry={entry} /> <Received entry={entry} t={t} />{' '}
        <Steered applied={entry.applied} />
      </p>
      <RelatedNote entry={entry} page={page} />
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

function RelatedNote({ entry, page }: { entry: JournalEntry; page: Page }) {
  const { t, to } = page;
  const { retryOf, retriedBy, twin, delivery } = entry;
  if (!isLost(entry) && (retryOf ?? retriedBy ?? twin) === undefined) return null;
  return (
    <p class="note lost">
      {isLost(entry) ? (
        <>
          <strong>{t.lost}</strong> {delivery.connection === 'half-closed'
            ? t.answerMayBeLost
            : t.answerLost}{' '}
        </>
      ) : null}
      <RelatedCalls entry={entry} page={page} hrefOf={(id) => to(`console/calls/${id}`)} />
    </p>
  );
}

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
      <LineTable label={t.linesAsked} figures={[t.ordered, t.cancelled, t.left, t.asked]} t={t}>
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
      </LineTable>
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
