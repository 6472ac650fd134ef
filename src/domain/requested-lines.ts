import { bySeq } from './by-seq.js';
import type { CancelRequest } from './cancel-request.js';
import type { CancelItem, Order, OrderLine } from './order.js';

/** An item of a request beside the line it names. */
export interface RequestedLine {
  readonly index: number;
  readonly item: CancelItem;
  readonly line: OrderLine;
}

/** The items of a request beside the lines they name; items that name no line are left out. */
export function requestedLines(order: Order, { items }: CancelRequest): RequestedLine[] {
  const lineOf = bySeq(order.lines);
  const lines: RequestedLine[] = [];
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index] as CancelItem;
    const line = lineOf(item.seq);
    if (line) lines.push({ index, item, line });
  }
  return lines;
}
