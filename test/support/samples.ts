import { readFileSync } from 'node:fs';

export const SAMPLE_ORDER = 'ORD20251224001';

const read = (name: string) => readFileSync(new URL(`../samples/${name}`, import.meta.url), 'utf8');

/** The samples of EBP_API_232 §2.3 and §3.2, as raw text. */
export const samples = (['full-order', 'items', 'amount'] as const).map((name) => ({
  name,
  request: read(`${name}.request.json`),
  response: read(`${name}.response.json`),
}));

/** White space outside strings taken away, every other byte as it is. */
export const compact = (json: string): string => json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');

interface Item {
  seq: number;
  itemType: string;
  itemId: string;
  quantity: number;
  amount: number;
  taxAmount?: number;
}

/** The lines of the sample order. */
export const line1: Item = {
  seq: 1,
  itemType: 'PHYSICAL',
  itemId: 'P001',
  quantity: 2,
  amount: 50000,
  taxAmount: 5000,
};
export const line2: Item = {
  seq: 2,
  itemType: 'PHYSICAL',
  itemId: 'P002',
  quantity: 1,
  amount: 3000,
  taxAmount: 0,
};
export const line3: Item = {
  seq: 3,
  itemType: 'PHYSICAL',
  itemId: 'P003',
  quantity: 1,
  amount: 3000,
  taxAmount: 0,
};

/** A cancel of the sample order whose total adds up unless it is given. */
export const cancelOf = (
  items: readonly Item[],
  rest: { orderNo?: string; totalCancelAmount?: number; refundAccount?: unknown } = {},
) => ({
  orderNo: SAMPLE_ORDER,
  totalCancelAmount: items.reduce((sum, { quantity, amount }) => sum + quantity * amount, 0),
  items,
  ...rest,
});
