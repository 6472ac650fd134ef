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
  const bySeq = new Map<bigint, OrderLine>();
  for (const line of order.lines) bySeq.set(line.seq, line);
  const lines: RequestedLine[] = [];
  for (const [index, item] of items.entries()) {
    const line = bySeq.get(item.seq);
    if (line) lines.push({ index, item, line });
  }
  return lines;
}
