import type { JournalEntry } from '../../app/journal.js';
import { resultCodeOf } from '../../app/verify.js';
import { errorTable, isListed } from '../../contract/error-table.js';
import { ruleTable } from '../../contract/rule-table.js';
import { utcTimestamp } from '../../contract/timestamp.js';
import { cancelledTotal, moneyOf, type Order, orderTotal } from '../../domain/order.js';
import { summaryOf } from './calls.js';
import { setOut } from './code.js';
import { asCurl } from './curl.js';
import { amountOf, factorsOf, type Page } from './page.js';
import { sentenceOf } from './refusal.js';
import { isLost } from './related.js';

interface Reported {
  readonly title: string;
  /** The oldest first. */
  readonly entries: readonly JournalEntry[];
  readonly order: Order | undefined;
  /** Where clients reach the sandbox. */
  readonly server: string;
}

/** What happened, as Markdown for an issue tracker: why each call was answered so, and how to send it again. */
export function bugReport({ title, entries, order, server }: Reported, page: Page): string {
  const { t, world, services } = page;
  return [
    `# ${t.reportTitle}: ${inline(title)}`,
    list([
      [t.title, `ebp-sandbox ${services.version}, ${server}`],
      [t.workspace, world.workspace],
      [t.clock, utcTimestamp(world.clock.now())],
    ]),
    ...(order ? orderPart(order, page) : []),
    ...entries.flatMap((entry) => callPart(entry, server, page)),
    '',
  ].join('\n\n');
}

function orderPart(order: Order, page: Page): string[] {
  const { t } = page;
  const { orderNo, state, currency, paymentMethod, lines } = order;
  const total = orderTotal(order);
  const left = total.minus(cancelledTotal(order));
  const rows = lines.map((line) => [
    String(line.seq),
    line.itemType,
    line.itemId,
    `${factorsOf(line.amount, line.quantity, moneyOf(line), page)}: ${amountOf(moneyOf(line))}`,
    amountOf(moneyOf(line).minus(line.cancelledAmount)),
  ]);
  return [
    `## ${t.order} ${inline(orderNo)}`,
    list([
      [t.state, state],
      [t.paymentMethod, paymentMethod],
      [t.left, `${amountOf(left)} / ${amountOf(total)} ${currency}`],
    ]),
    [[t.seq, t.itemType, t.item, t.ordered, t.left], ['--', '--', '--', '--:', '--:'], ...rows]
      .map((cells) => `| ${cells.map(inline).join(' | ')} |`)
      .join('\n'),
  ];
}

function callPart(entry: JournalEntry, server: string, page: Page): string[] {
  const { t, language } = page;
  const { answer, rule, refusals, warnings, orderState, delivery, applied, operation, requestId } = entry;
  const code = entry.answerOrigin === 'sandbox' ? undefined : resultCodeOf(entry);
  const meaning = code && isListed(code) ? errorTable[code][language] : undefined;
  const result = answer
    ? [answer.status, code, meaning].filter((part) => part !== undefined).join(' ')
    : t.noAnswer;
  const got = [t[delivery.received], delivery.connection && t[delivery.connection]]
    .filter(Boolean)
    .join(', ');
  const evidence = rule && `${rule} (${ruleTable[rule].standing}: ${ruleTable[rule].source})`;
  return [
    `## ${entry.receivedAt} · ${operation ?? t.unknownCall} ${inline(entry.orderNo ?? '')}`,
    list([
      [t.call, requestId],
      [t.result, result],
      [refusals.length > 0 ? t.whyRefused : t.whatHappened, summaryOf(entry, page)],
      [t.rule, evidence],
      [
        t.otherReasons,
        refusals
          .slice(1)
          .map((one) => sentenceOf(one, language))
          .join('; '),
      ],
      [t.stateChange, orderState && [orderState.before, orderState.after].filter(Boolean).join(' → ')],
      [t.clientGot, isLost(entry) ? `${got}: ${t.lost}` : got],
      [t.retries, entry.retryOf],
      [t.wasRetried, entry.retriedBy?.join(', ')],
      [t.steeredBy, applied.map(({ word, value, via }) => `${word}=${value} (${via})`).join(', ')],
      [t.warnings, warnings.map(({ message }) => message).join('; ')],
    ]),
    `${t.asCurl}:`,
    fenced(asCurl(entry, server), 'sh'),
    ...(answer ? [`${t.answerAsSent}:`, fenced(setOut(answer.body), 'json')] : []),
  ];
}

/** Facts that are there, one a line. */
const list = (facts: readonly (readonly [label: string, value: string | undefined])[]): string =>
  facts
    .filter(([, value]) => value)
    .map(([label, value = '']) => `- ${label.replace(/:$/, '')}: ${inline(value)}`)
    .join('\n');

/** A text of somebody else's in Markdown: it stays text, on its line. */
const inline = (text: string): string =>
  text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>#|~]/g, (sign) => `\\${sign}`);

/** A text as it is, behind a fence that is longer than any in it. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
