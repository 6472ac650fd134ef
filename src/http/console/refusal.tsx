import type { Language } from '../../contract/error-table.js';
import { reason } from '../../contract/reasons.js';
import type { Refusal } from '../../contract/refusals.js';
import { type RuleRow, ruleTable } from '../../contract/rule-table.js';
import { type Money, ZERO } from '../../domain/money.js';
import { amountOf, factorsOf, other, type Page, State } from './page.js';

interface Props {
  readonly refusal: Refusal;
  readonly page: Page;
}

/** The sentence of a refusal; one on the schema leaves the field to the reader, and is told with it. */
export const sentenceOf = (refusal: Refusal, language: Language): string =>
  refusal.rule === 'body.schema'
    ? `${refusal.field}: ${reason(refusal, language)}`
    : reason(refusal, language);

/** A refusal: its sentence, what was reckoned, the sentence in the other language, and how sure the rule is. */
export function RefusalCard({ refusal, page }: Props) {
  const { t, language } = page;
  const translation = other(language);
  return (
    <article class="refusal">
      <p class="reason">{sentenceOf(refusal, language)}</p>
      <p class="where">
        <span class="quiet">{t.rule}</span> <code class="rule">{refusal.rule}</code>{' '}
        <span class="quiet">· {t.field}</span> <code>{refusal.field}</code>
      </p>
      <Reckoning refusal={refusal} page={page} />
      <p class="translation">
        <span class="quiet">{t.inOtherLanguage}</span>{' '}
        <span lang={translation}>{sentenceOf(refusal, translation)}</span>
      </p>
      <Evidence rule={refusal.rule} page={page} />
    </article>
  );
}

/** How sure a rule is, and where it stands. */
export function Evidence({
  rule,
  page: { t, language, services },
}: {
  rule: keyof typeof ruleTable;
  page: Page;
}) {
  const { meaning, standing, source, reading }: RuleRow = ruleTable[rule];
  const answers: Readonly<Record<string, unknown>> = services.dialect.answers;
  const isConfigured = answers[rule] !== undefined;
  return (
    <p class="evidence">
      <span class={`standing ${standing}`}>{isConfigured ? t.configured : t[standing]}</span>{' '}
      {meaning[language]}. <span class="quiet">{t.source}</span> {source}
      {reading.length > 0 ? (
        <>
          {' '}
          <span class="quiet">{t.readings}</span> {reading.join(', ')}
        </>
      ) : null}
    </p>
  );
}

type Row = readonly [label: string, value: string, kind?: 'sum' | 'off' | 'term'];

/** Figures below one another, as on paper. */
const Paper = ({ rows }: { readonly rows: readonly Row[] }) => (
  <table class="paper">
    <tbody>
      {rows.map(([label, value, kind]) => (
        <tr class={kind}>
          <th scope="row">{label}</th>
          <td>{value}</td>
        </tr>
      ))}
    </tbody>
  </table>
);

/** What a refusal was reckoned from; nothing where its sentence says it all. */
function Reckoning({ refusal, page }: Props) {
  const { t } = page;
  switch (refusal.rule) {
    case 'cancel.total-matches-items': {
      const { terms, sum, totalCancelAmount } = refusal.facts;
      const rows: Row[] = terms.map(({ amount, quantity, money }) => [
        factorsOf(amount, quantity, money, page),
        amountOf(money),
        'term',
      ]);
      rows.push([t.sumOfItems, amountOf(sum), 'sum'], [t.totalAsked, amountOf(totalCancelAmount)]);
      rows.push([t.offBy, amountOf(totalCancelAmount.minus(sum).abs()), 'off']);
      return <Paper rows={rows} />;
    }
    case 'item.amount-left':
    case 'item.tax-left': {
      const { unitOrdered, unitAsked, isOverUnit, ordered, cancelled, left, asked } = refusal.facts;
      const over = asked.minus(left);
      const rows: Row[] = [
        [t.ordered, amountOf(ordered)],
        [t.cancelled, `− ${amountOf(cancelled)}`],
        [t.left, amountOf(left), 'sum'],
        [t.asked, amountOf(asked)],
      ];
      if (over.gt(ZERO)) rows.push([t.overBy, amountOf(over), 'off']);
      if (isOverUnit) {
        rows.push([`${t.perUnit}: ${t.ordered}`, amountOf(unitOrdered)]);
        rows.push([`${t.perUnit}: ${t.asked}`, amountOf(unitAsked), 'off']);
      }
      return <Paper rows={rows} />;
    }
    case 'cancel.full-before-capture': {
      const { short, orderTotal, totalCancelAmount } = refusal.facts;
      return <Shortfall short={short} orderTotal={orderTotal} asked={totalCancelAmount} t={t} />;
    }
    case 'item.quantity':
      return (
        <Paper
          rows={[
            [t.quantityOrdered, String(refusal.facts.ordered)],
            [t.quantityAsked, String(refusal.facts.asked)],
            [t.overBy, String(refusal.facts.asked - refusal.facts.ordered), 'off'],
          ]}
        />
      );
    case 'item.matches-order':
    case 'currency.matches-order':
      return (
        <Paper
          rows={[
            [t.inOrder, refusal.facts.ordered],
            [t.inRequest, refusal.facts.asked, 'off'],
          ]}
        />
      );
    case 'signature.valid': {
      const { hashedBytes, expected, received } = refusal.facts;
      return (
        <dl class="signatures">
          {expected ? (
            <>
              <dt>{t.expectedSignature}</dt>
              <dd>{expected}</dd>
            </>
          ) : null}
          <dt>{t.receivedSignature}</dt>
          <dd class="off">{received}</dd>
          <dt>{t.hashedBytes}</dt>
          <dd>{String(hashedBytes)}</dd>
        </dl>
      );
    }
    case 'order.cancellable':
      return (
        <p>
          <State state={refusal.facts.state} />
        </p>
      );
    default:
      return null;
  }
}

interface ShortfallProps {
  readonly short: readonly {
    readonly seq: bigint;
    readonly ordered: Money;
    readonly asked: Money | undefined;
  }[];
  readonly orderTotal: Money;
  readonly asked: Money;
  readonly t: Page['t'];
}

const Shortfall = ({ short, orderTotal, asked, t }: ShortfallProps) => (
  <table class="paper">
    <thead>
      <tr>
        <th scope="col">{t.seq}</th>
        <th scope="col">{t.ordered}</th>
        <th scope="col">{t.asked}</th>
      </tr>
    </thead>
    <tbody>
      {short.map((line) => (
        <tr>
          <th scope="row">{String(line.seq)}</th>
          <td>{amountOf(line.ordered)}</td>
          <td class="off">{line.asked ? amountOf(line.asked) : t.missing}</td>
        </tr>
      ))}
      <tr class="sum">
        <th scope="row">{t.orderTotal}</th>
        <td>{amountOf(orderTotal)}</td>
        <td>{amountOf(asked)}</td>
      </tr>
    </tbody>
  </table>
);
