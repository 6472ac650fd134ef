import type { JournalEntry } from '../../app/journal.js';
import type { ArmedRule } from '../../app/ports.js';
import type { CancelRequest } from '../../domain/cancel-request.js';
import {
  cancelledTotal,
  itemTypes,
  moneyOf,
  type Order,
  orderTotal,
  paymentMethods,
} from '../../domain/order.js';
import { type OrderAction, transitions } from '../../domain/transitions.js';
import { ArmedRules } from './armed.js';
import { cancelAskedBy } from './asked.js';
import { Change, Received, Result, summaryOf } from './calls.js';
import { csvColumns, type Form } from './forms.js';
import {
  AskedLanguage,
  amountOf,
  Bar,
  Choice,
  Field,
  factorsOf,
  Layout,
  LeftOut,
  LineTable,
  type Option,
  optionsOf,
  type Page,
  SHOWN,
  State,
} from './page.js';
import { isLost, RelatedCalls } from './related.js';
import { StateChart } from './state-chart.js';
import { type OrderEvents, Webhooks } from './webhooks.js';

/** So many lines a form has for a new order. */
export const FORM_LINES = 3;

interface ListProps {
  readonly page: Page;
  readonly orders: readonly Order[];
  readonly damaged: readonly string[];
  readonly next: string | null;
  readonly isFirst: boolean;
}

export function OrdersPage({ page, orders, damaged, next, isFirst }: ListProps) {
  const { t, to } = page;
  return (
    <Layout page={page} title={t.orders} tab="orders">
      <div class="head">
        <h1>{t.orders}</h1>
        <p class="quiet">{t.ordersIntro}</p>
      </div>
      <form class="filter" method="get" action={to('console/order')}>
        <AskedLanguage page={page} />
        <Field label={t.findOrder} name="orderNo" page={page} required />
        <div class="buttons">
          <button type="submit">{t.find}</button>
        </div>
      </form>
      <ul class="orders" data-refresh id="orders">
        {orders.map((order) => (
          <OrderRow order={order} page={page} />
        ))}
      </ul>
      {orders.length === 0 ? <p class="empty">{t.noOrders}</p> : null}
      {damaged.map((message) => (
        <p class="note bad">{message}</p>
      ))}
      <p class="pages">
        {isFirst ? null : <a href={to('console/orders')}>{t.firstPage}</a>}
        {next === null ? null : <a href={to('console/orders', { cursor: next })}>{t.nextPage}</a>}
      </p>
      <MakeOrder page={page} />
    </Layout>
  );
}

function OrderRow({ order, page }: { readonly order: Order; readonly page: Page }) {
  const { t, to } = page;
  const total = orderTotal(order);
  const left = total.minus(cancelledTotal(order));
  return (
    <li>
      <a href={to('console/order', { orderNo: order.orderNo })}>{order.orderNo}</a>
      <State state={order.state} />
      <Bar
        left={left}
        of={total}
        label={`${t.left} ${amountOf(left)} / ${amountOf(total)} ${order.currency}`}
      />
      <span class="amount">
        {amountOf(left)} <span class="quiet">/ {amountOf(total)}</span> {order.currency}
      </span>
    </li>
  );
}

/** A new order, from a form or pasted. */
function MakeOrder({ page, orderNo }: { readonly page: Page; readonly orderNo?: string }) {
  const { t, to, form, services } = page;
  const states: readonly Option[] = ['CAPTURED', 'AUTHORIZED'].map((state) => [state, state]);
  return (
    <div class="columns">
      <section class="card" id="make">
        <h2>{t.makeOrder}</h2>
        <p class="quiet">{t.makeOrderNote}</p>
        <form method="post" action={to('console/make')} class="form">
          <Field label={t.orderNo} name="orderNo" page={page} value={orderNo} />
          <Choice label={t.state} name="state" page={page} options={states} />
          <Choice
            label={t.scenario}
            name="scenario"
            page={page}
            options={optionsOf(services.scenarios.keys(), t.noScenario)}
          />
          <Field label={t.currency} name="currency" page={page} placeholder="KRW" />
          <Choice
            label={t.paymentMethod}
            name="paymentMethod"
            page={page}
            options={paymentMethods.map((one) => [one, one])}
          />
          {Array.from({ length: FORM_LINES }, (_, index) => index + 1).map((line) => (
            <fieldset class="line">
              <legend>
                {t.line} {String(line)}
              </legend>
              <Field label={t.seq} name={`seq${line}`} page={page} value={String(line)} inputmode="numeric" />
              <Choice
                label={t.itemType}
                name={`itemType${line}`}
                page={page}
                options={itemTypes.map((one) => [one, one])}
              />
              <Field label={t.itemId} name={`itemId${line}`} page={page} />
              <Field label={t.quantity} name={`quantity${line}`} page={page} inputmode="numeric" />
              <Field label={t.amount} name={`amount${line}`} page={page} inputmode="decimal" />
              <Field label={t.taxAmount} name={`taxAmount${line}`} page={page} inputmode="decimal" />
            </fieldset>
          ))}
          <label class="check">
            <input type="checkbox" name="replace" value="true" checked={form.replace === 'true'} />{' '}
            {t.replace}
          </label>
          <button type="submit">{t.make}</button>
        </form>
      </section>
      <section class="card">
        <h2>{t.paste}</h2>
        <p class="quiet">
          {t.pasteNote} <code class="wrap">{csvColumns.join(',')}</code>
        </p>
        <form method="post" action={to('console/paste')} class="form one">
          <label class="field">
            <span>JSON, CSV</span>
            <textarea name="pasted" rows={12} spellcheck={false} required>
              {form.pasted ?? ''}
            </textarea>
          </label>
          <button type="submit">{t.makeAll}</button>
        </form>
      </section>
    </div>
  );
}

/** The form of an order that has what a cancel asks for. */
const formOf = ({ items }: CancelRequest): Form =>
  Object.fromEntries(
    items
      .slice(0, FORM_LINES)
      .flatMap(({ seq, itemType, itemId, quantity, amount, taxAmount }, index) => [
        [`seq${index + 1}`, String(seq)],
        [`itemType${index + 1}`, itemType],
        [`itemId${index + 1}`, itemId],
        [`quantity${index + 1}`, String(quantity)],
        [`amount${index + 1}`, String(amount)],
        ...(taxAmount ? [[`taxAmount${index + 1}`, String(taxAmount)]] : []),
      ]),
  );

interface OrderProps {
  readonly page: Page;
  readonly order: Order;
  /** The calls that named it, the oldest first. */
  readonly entries: readonly JournalEntry[];
  /** The armed rules that name it. */
  readonly armed: readonly ArmedRule[];
  readonly webhooks: OrderEvents;
}

export function OrderPage({ page, order, entries, armed, webhooks }: OrderProps) {
  const { t, to } = page;
  const { orderNo, currency, state, scenario } = order;
  const total = orderTotal(order);
  const left = total.minus(cancelledTotal(order));
  const actions = Object.keys(transitions[state]) as OrderAction[];
  return (
    <Layout page={page} title={orderNo} tab="orders">
      <div
        id="order"
        data-refresh
        data-order={orderNo}
        data-stream={to('console/stream', { orderNo, after: page.after })}
      >
        <div class="head">
          <h1>
            {orderNo} <State state={state} />
          </h1>
          <p class="quiet">
            {t.orderedAt} {order.orderedAt} · {t.paidBy} {order.paymentMethod}
            {scenario === undefined ? null : ` · ${t.madeFrom} ${scenario}`}
          </p>
          <p class="pages">
            <a class="button" href={to('console/try', { orderNo })}>
              {t.try}
            </a>
            <a href={`${to('console/steer', { orderNo })}#arm`}>{t.armTitle}</a>
            <a
              href={to('console/report', { orderNo })}
              download={`bug-report-${orderNo.replace(/[^\w.-]/g, '_')}.md`}
            >
              {t.downloadReport}
            </a>
          </p>
        </div>
        <LoseNext page={page} orderNo={orderNo} armed={armed} />
        <div class="columns uneven">
          <section>
            <h2>{t.lines}</h2>
            <LineTable label={t.lines} figures={[t.ordered, t.left]} t={t}>
              {order.lines.slice(0, SHOWN).map((line) => {
                const ordered = moneyOf(line);
                const leftOf = ordered.minus(line.cancelledAmount);
                return (
                  <tr>
                    <th scope="row">{String(line.seq)}</th>
                    <td class="text">
                      {line.itemId} <span class="quiet">{line.itemType}</span>
                      <Bar
                        left={leftOf}
                        of={ordered}
                        label={`${t.left} ${amountOf(leftOf)} / ${amountOf(ordered)}`}
                      />
                    </td>
                    <td>
                      <span class="quiet">{factorsOf(line.amount, line.quantity, ordered, page)}</span>{' '}
                      {amountOf(ordered)}
                    </td>
                    <td>{amountOf(leftOf)}</td>
                  </tr>
                );
              })}
              <tr class="sum">
                <td />
                <th scope="row" class="text">
                  {t.total}
                </th>
                <td>
                  {amountOf(total)} {currency}
                </td>
                <td>{amountOf(left)}</td>
              </tr>
            </LineTable>
            <LeftOut count={order.lines.length - SHOWN} t={t} />
          </section>
          <section>
            <h2>{t.states}</h2>
            <StateChart state={state} page={page} />
            <p class="quiet">{t.statesNote}</p>
            <p class="allowed">
              <span class="quiet">{t.nowAllowed}</span>{' '}
              {actions.length === 0 ? t.nothingAllowed : actions.map((action) => t[action]).join(', ')}
            </p>
            {state === 'AUTHORIZED' ? (
              <form method="post" action={to('console/capture')}>
                <input type="hidden" name="orderNo" value={orderNo} />
                <button type="submit">{t.capture}</button>
              </form>
            ) : null}
          </section>
        </div>
        <section>
          <h2>{t.timeline}</h2>
          <Timeline entries={entries} page={page} />
        </section>
        {order.cancels.length > 0 ? (
          <section>
            <h2>{t.cancelsSoFar}</h2>
            <LeftOut count={order.cancels.length - SHOWN} t={t} />
            <ul class="cancels">
              {order.cancels.slice(-SHOWN).map(({ returnRequestId, at, totalCancelAmount, items }) => (
                <li>
                  <code>{returnRequestId}</code>{' '}
                  <strong>
                    {amountOf(totalCancelAmount)} {currency}
                  </strong>{' '}
                  <span class="quiet">
                    {at} · seq {items.map(({ seq }) => String(seq)).join(', ')}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        ) : null}
        <Webhooks {...webhooks} order={order} page={page} />
      </div>
    </Layout>
  );
}

/** The commonest trouble by one button, and the rules that wait for this order. */
function LoseNext({ page, orderNo, armed }: { page: Page; orderNo: string; armed: readonly ArmedRule[] }) {
  const { t, to } = page;
  return (
    <div class="card lose">
      <form method="post" action={to('console/arm')} class="buttons">
        <input type="hidden" name="orderNo" value={orderNo} />
        <input type="hidden" name="fault" value="reset" />
        <input type="hidden" name="phase" value="after" />
        <input type="hidden" name="back" value={orderNo} />
        <button type="submit" class="second">
          {t.loseNext}
        </button>
        <span class="quiet">{t.loseNextNote}</span>
      </form>
      <ArmedRules page={page} armed={armed} back={orderNo} />
    </div>
  );
}

/** What happened to the order, call by call: asked, decided, sent, what arrived; lost answers and their retries. */
function Timeline({ entries, page }: Pick<OrderProps, 'entries' | 'page'>) {
  const { t } = page;
  if (entries.length === 0) return <p class="empty">{t.noTimeline}</p>;
  const orderNo = entries[0]?.orderNo;
  return (
    <>
      <LeftOut count={entries.length - SHOWN} t={t} href={page.to('console', { orderNo })} />
      <ol class="timeline">
        {entries.slice(-SHOWN).map((entry) => (
          <Step entry={entry} page={page} />
        ))}
      </ol>
    </>
  );
}

function Step({ entry, page }: { readonly entry: JournalEntry; readonly page: Page }) {
  const { t, to } = page;
  const { requestId, operation, rule, applied, answer, retryOf } = entry;
  const asked = cancelAskedBy(entry, page.services)?.totalCancelAmount;
  const summary = summaryOf(entry, page);
  return (
    <li id={`at-${requestId}`} class={isLost(entry) ? 'lost' : retryOf ? 'retry' : undefined}>
      <p class="step-head">
        <a href={to(`console/calls/${requestId}`)}>
          <time datetime={entry.receivedAt}>{entry.receivedAt.slice(0, 23).replace('T', ' ')}</time>
        </a>{' '}
        {isLost(entry) ? <strong class="tag bad">{t.lost}</strong> : null}{' '}
        {retryOf ? <strong class="tag warn">{t.retry}</strong> : null}{' '}
        {entry.warnings.some(({ warning }) => warning === 'money.moved-after-lost-answer') ? (
          <strong class="tag bad">{t.movedAgain}</strong>
        ) : null}{' '}
        <RelatedCalls entry={entry} page={page} hrefOf={(id) => `#at-${id}`} />
      </p>
      <dl>
        <div>
          <dt>{t.stepAsked}</dt>
          <dd>
            {operation === 'detail' ? t.asksDetail : `${t.asksFor} ${asked ? amountOf(asked) : '?'}`}{' '}
            {applied.map(({ word, value }) => (
              <span class="tag">
                {word} <b>{value}</b>
              </span>
            ))}
          </dd>
        </div>
        <div>
          <dt>{t.stepDecided}</dt>
          <dd>
            <code class="rule">{rule ?? '–'}</code> <Change entry={entry} />
            {summary ? <span class="summary">{summary}</span> : null}
          </dd>
        </div>
        <div>
          <dt>{t.stepSent}</dt>
          <dd>{answer ? <Result entry={entry} t={t} /> : t.noAnswer}</dd>
        </div>
        <div>
          <dt>{t.stepGot}</dt>
          <dd>
            <Received entry={entry} t={t} />
          </dd>
        </div>
      </dl>
    </li>
  );
}

export function UnknownOrderPage({
  page,
  orderNo,
  entries,
}: {
  page: Page;
  orderNo: string;
  entries: readonly JournalEntry[];
}) {
  const { t } = page;
  // Read per line (reading R1), an amount is no price of a unit, which an order is made with.
  const isPriced = page.services.dialect.lineAmount === 'perUnit';
  const wanted =
    isPriced && entries.map((entry) => cancelAskedBy(entry, page.services)).findLast((one) => one);
  return (
    <Layout page={page} title={orderNo} tab="orders">
      <div class="head">
        <h1>
          {t.unknownOrder} {orderNo}
        </h1>
        <p class="quiet">{t.unknownOrderNote}</p>
      </div>
      {entries.length > 0 ? (
        <section>
          <h2>{t.timeline}</h2>
          <Timeline entries={entries} page={page} />
        </section>
      ) : null}
      <MakeOrder
        page={wanted ? { ...page, form: { ...formOf(wanted), ...page.form } } : page}
        orderNo={orderNo}
      />
    </Layout>
  );
}
