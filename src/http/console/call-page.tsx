import type { JournalEntry } from '../../app/journal.js';
import { resultCodeOf } from '../../app/verify.js';
import { errorTable, isListed } from '../../contract/error-table.js';
import type { Refusal } from '../../contract/refusals.js';
import { ruleTable } from '../../contract/rule-table.js';
import { sumOf, ZERO } from '../../domain/money.js';
import { moneyOf, type Order } from '../../domain/order.js';
import { cancelAskedBy } from './asked.js';
import { Change, Received, Result, Steered, summaryOf, toneOf } from './calls.js';
import { Code } from './code.js';
import { asCurl } from './curl.js';
import { amountOf, CopyBox, Layout, LeftOut, LineTable, type Page, SHOWN } from './page.js';
import { Evidence, RefusalCard } from './refusal.js';
import { isLost, RelatedCalls } from './related.js';
import { warningInKorean } from './told.js';
import { type OrderEvents, Webhooks } from './webhooks.js';

interface CallPageProps {
  readonly page: Page;
  readonly entry: JournalEntry;
  readonly order: Order | undefined;
  /** The webhooks that the call caused. */
  readonly webhooks: OrderEvents;
  /** Where clients reach the sandbox, as far as this request tells. */
  readonly server: string;
}

/** Everything about one call. */
export function CallPage({ page, entry, order, webhooks, server }: CallPageProps) {
  const { t, to, language } = page;
  const { requestId, orderNo, refusals, answer, warnings, request, durationMs, delivery } = entry;
  const curl = asCurl(entry, server);
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
      <Glance entry={entry} page={page} />
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
          {order ? <Webhooks {...webhooks} order={order} requestId={requestId} page={page} /> : null}
          {warnings.length > 0 ? (
            <section>
              <h2>{t.warnings}</h2>
              <ul class="warnings">
                {warnings.map(({ warning, message }) => (
                  <li>
                    <code>{warning}</code> {language === 'ko' ? warningInKorean(warning) : null}{' '}
                    <span lang="en">{message}</span>
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
            <CopyBox id="curl" text={curl} label={t.asCurl} t={t} />
            {curl.includes('***') ? <p class="quiet">{t.curlNote}</p> : null}
            <p class="pages">
              <a
                class="button"
                href={to('console/report', { call: requestId })}
                download={`bug-report-${requestId}.md`}
              >
                {t.downloadReport}
              </a>
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

/** What came of a call, in a line. */
function Glance({ entry, page: { t, language } }: { entry: JournalEntry; page: Page }) {
  const code = entry.answerOrigin === 'sandbox' ? undefined : resultCodeOf(entry);
  return (
    <dl class="glance">
      <div>
        <dt>{t.result}</dt>
        <dd>
          <Result entry={entry} t={t} /> {code && isListed(code) ? errorTable[code][language] : null}
        </dd>
      </div>
      <div>
        <dt>{t.stateChange}</dt>
        <dd>
          <Change entry={entry} />
        </dd>
      </div>
      <div>
        <dt>{t.clientGot}</dt>
        <dd>
          <Received entry={entry} t={t} />
        </dd>
      </div>
      {entry.applied.length > 0 ? (
        <div>
          <dt>{t.steeredBy}</dt>
          <dd>
            <Steered applied={entry.applied} />
          </dd>
        </div>
      ) : null}
    </dl>
  );
}

/** The way out of a refusal that the console has a page for. */
function WayOut({ refusal: { rule }, orderNo, page }: { refusal: Refusal; orderNo?: string; page: Page }) {
  const { t, to } = page;
  if (orderNo === undefined) return null;
  const label =
    rule === 'order.exists'
      ? t.makeThisOrder
      : rule === 'cancel.full-before-capture'
        ? t.captureThisOrder
        : undefined;
  return label === undefined ? null : (
    <p>
      <a class="button" href={to('console/order', { orderNo })}>
        {label}
      </a>
    </p>
  );
}

/** What decided the call: the first refusal, or how it went. */
export function Verdict({ entry, page }: { readonly entry: JournalEntry; readonly page: Page }) {
  const { t, language } = page;
  const { rule, refusals, answerOrigin, orderNo } = entry;
  const [first] = refusals;
  if (first) {
    return (
      <section>
        <h2>{t.whyRefused}</h2>
        <RefusalCard refusal={first} page={page} />
        <WayOut refusal={first} orderNo={orderNo} page={page} />
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
      <article class={`verdict ${toneOf(entry)}`}>
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
  const asked = cancelAskedBy(entry, services)?.items ?? [];
  // Of a long order, the lines that the call names.
  const shown = (
    order.lines.length > SHOWN
      ? order.lines.filter((line) => asked.some(({ seq }) => seq === line.seq))
      : order.lines
  ).slice(0, SHOWN);
  // Request ids rise, so a cancel before this call has a smaller one; ids of another length come from a scenario.
  const before = order.cancels.filter(
    ({ requestId }) => requestId.length !== entry.requestId.length || requestId < entry.requestId,
  );
  return (
    <section>
      <h2>{t.linesAsked}</h2>
      <LineTable label={t.linesAsked} figures={[t.ordered, t.cancelled, t.left, t.asked]} t={t}>
        {shown.map((line) => {
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
      <LeftOut count={order.lines.length - shown.length} t={t} />
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
