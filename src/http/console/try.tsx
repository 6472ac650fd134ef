import type { JournalEntry } from '../../app/journal.js';
import { isPositive, money } from '../../domain/money.js';
import { moneyOf, type Order, type OrderLine } from '../../domain/order.js';
import { Headers, Verdict } from './call-page.js';
import { Change, Received, Result } from './calls.js';
import { Code } from './code.js';
import { type Filled, fillCancel, type Wish } from './fill-cancel.js';
import { AskedLanguage, amountOf, Field, Layout, type Page } from './page.js';
import { RefusalCard } from './refusal.js';
import { ErrorCodes, Words } from './words.js';

/** What came of a cancel that was tried: explained, or really sent. */
export interface Outcome {
  readonly entry: JournalEntry;
  readonly isExplained: boolean;
  /** What would spoil the answer of an explained call. */
  readonly fault?: string | undefined;
}

interface Props {
  readonly page: Page;
  readonly orderNo: string | undefined;
  readonly order: Order | undefined;
  /** Of the query: how the body is filled. */
  readonly asked: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isShort: boolean;
  readonly outcome?: Outcome | undefined;
}

/** The cancel that a query asks for: `how`, and quantities by seq or an amount. */
export function filledFrom(order: Order, asked: Readonly<Record<string, string>>): Filled {
  return fillCancel(order, wishOf(asked));
}

function wishOf(asked: Readonly<Record<string, string>>): Wish {
  if (asked.how === 'items') {
    const quantities = Object.entries(asked).flatMap(([name, value]): [string, bigint][] =>
      name.startsWith('quantity-') && /^\d{1,9}$/.test(value)
        ? [[name.slice('quantity-'.length), BigInt(value)]]
        : [],
    );
    return { how: 'items', quantities: new Map(quantities) };
  }
  const digits = (asked.amount ?? '').replaceAll(',', '');
  if (asked.how === 'amount' && /^\d{1,15}(\.\d{1,9})?$/.test(digits))
    return { how: 'amount', amount: money(digits) };
  return { how: 'whole' };
}

export function TryPage({ page, orderNo, order, asked, body, isShort, outcome }: Props) {
  const { t, to, form } = page;
  return (
    <Layout page={page} title={t.try} tab="try">
      <ErrorCodes page={page} />
      <div class="head">
        <h1>{t.try}</h1>
        <p class="quiet">{t.tryIntro}</p>
      </div>
      <form class="filter" method="get" action={to('console/try')}>
        <AskedLanguage page={page} />
        <Field label={t.order} name="orderNo" page={page} value={orderNo} required />
        <div class="buttons">
          <button type="submit">{t.find}</button>
        </div>
      </form>
      {orderNo !== undefined && !order ? (
        <p class="note">
          {t.unknownOrder} <strong>{orderNo}</strong>.{' '}
          <a href={to('console/order', { orderNo })}>{t.makeOrder}</a>
        </p>
      ) : null}
      {order ? <Fill page={page} order={order} asked={asked} /> : null}
      <div class="columns try">
        <form method="post" action={to('console/try')} class="card form one" data-into="outcome">
          {isShort ? <p class="note">{t.notAllLeft}</p> : null}
          <label class="field">
            <span>{t.body}</span>
            <textarea name="body" rows={18} spellcheck={false} required>
              {body}
            </textarea>
          </label>
          <details
            class="words"
            open={['scenario', 'error', 'delay', 'fault', 'phase', 'mode'].some((word) => form[word])}
          >
            <summary>{t.steerThis}</summary>
            <Words page={page} withMode />
          </details>
          <label class="check">
            <input
              type="checkbox"
              name="sign"
              value="true"
              checked={form.body === undefined || form.sign === 'true'}
            />{' '}
            {t.signed}
          </label>
          <div class="buttons">
            <button type="submit" name="do" value="explain" class="second">
              {t.explain}
            </button>
            <button type="submit" name="do" value="send">
              {t.send}
            </button>
          </div>
        </form>
        <div id="outcome" aria-live="polite">
          {outcome ? <OutcomeCard outcome={outcome} page={page} /> : <p class="empty">{t.nothingYet}</p>}
        </div>
      </div>
    </Layout>
  );
}

const leftOf = (line: OrderLine) => moneyOf(line).minus(line.cancelledAmount);

/** How the body is filled from the order: a form of its own for each way. */
function Fill({ page, order, asked }: { page: Page; order: Order; asked: Props['asked'] }) {
  const { t, to } = page;
  const { orderNo } = order;
  const way = (how: string) => (
    <>
      <AskedLanguage page={page} />
      <input type="hidden" name="orderNo" value={orderNo} />
      <input type="hidden" name="how" value={how} />
    </>
  );
  return (
    <div class="ways">
      <form method="get" action={to('console/try')}>
        {way('whole')}
        <button type="submit" class="second">
          {t.whole}
        </button>
      </form>
      <form method="get" action={to('console/try')}>
        {way('amount')}
        <Field
          label={t.amountToCancel}
          name="amount"
          page={page}
          value={asked.amount}
          inputmode="decimal"
          required
        />
        <button type="submit" class="second">
          {t.byAmount}
        </button>
      </form>
      <form method="get" action={to('console/try')}>
        {way('items')}
        {order.lines.slice(0, 50).map((line) => (
          <label class="field small">
            <span>
              {t.quantity} · {line.itemId}{' '}
              <small>
                {t.left} {amountOf(leftOf(line))}
              </small>
            </span>
            <input
              name={`quantity-${line.seq}`}
              type="number"
              min="0"
              max={String(line.quantity)}
              value={asked[`quantity-${line.seq}`] ?? (isPositive(leftOf(line)) ? '1' : '0')}
            />
          </label>
        ))}
        <button type="submit" class="second">
          {t.byItem}
        </button>
      </form>
    </div>
  );
}

function OutcomeCard({ outcome: { entry, isExplained, fault }, page }: { outcome: Outcome; page: Page }) {
  const { t, to } = page;
  const { answer, delivery, refusals, orderNo, requestId } = entry;
  const arrived = isExplained || delivery.received !== 'nothing';
  return (
    <section class="outcome">
      <h2>{isExplained ? t.explained : t.sent}</h2>
      <p class="glance">
        {arrived ? <Result entry={entry} t={t} /> : <strong class="tag bad">{t.noAnswerCame}</strong>}{' '}
        <Change entry={entry} /> {isExplained ? null : <Received entry={entry} t={t} />}
      </p>
      {isExplained ? <p class="quiet">{t.explainedNote}</p> : null}
      {fault ? (
        <p class="note lost">
          {t.wouldBeSpoiled} <code>{fault}</code>
        </p>
      ) : null}
      <Verdict entry={entry} page={page} />
      {refusals.length > 1 ? <h3>{t.otherReasons}</h3> : null}
      {refusals.slice(1).map((refusal) => (
        <RefusalCard refusal={refusal} page={page} />
      ))}
      {answer && arrived ? (
        <>
          <h2>{t.answer}</h2>
          <Headers headers={{ 'Content-Type': answer.contentType, ...answer.headers }} t={t} />
          <Code text={answer.body} label={t.answer} />
        </>
      ) : null}
      <p class="pages">
        {isExplained ? null : <a href={to(`console/calls/${requestId}`)}>{t.whyExactly}</a>}
        {orderNo === undefined ? null : <a href={to('console/order', { orderNo })}>{t.seeOrder}</a>}
      </p>
    </section>
  );
}
