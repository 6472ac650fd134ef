import type { Money } from '../domain/money.js';
import type { ItemType, PaymentMethod } from '../domain/order.js';
import type { Scenario } from '../steering/scenario.js';

/** An item of an order to create; what is missing is made up. Amounts per unit, in major units. */
export interface ItemWish {
  readonly seq?: bigint | undefined;
  readonly itemType?: ItemType | undefined;
  readonly itemId?: string | undefined;
  readonly quantity?: bigint | undefined;
  readonly amount?: Money | undefined;
  readonly taxAmount?: Money | undefined;
}

/** An order to create, from a scenario or from nothing; what is missing is made up. */
export interface OrderWish {
  readonly orderNo?: string | undefined;
  readonly scenario?: Scenario | undefined;
  readonly state?: 'AUTHORIZED' | 'CAPTURED' | undefined;
  /** ISO 4217. */
  readonly currency?: string | undefined;
  readonly paymentMethod?: PaymentMethod | undefined;
  /** ISO 8601 with offset. */
  readonly orderedAt?: string | undefined;
  readonly items?: readonly ItemWish[] | undefined;
  /** The same seed makes up the same; without it the workspace's own sequence counts on. */
  readonly seed?: number | undefined;
  readonly replace?: boolean | undefined;
}

/** What is made up for one seed: always the same for the same seed. */
export interface Invention {
  readonly orderNo: string;
  readonly orderedAt: string;
  readonly itemCount: number;
  /** The item at a position, its amounts with as many decimals as the currency has. */
  item(position: number, exponent: number): Required<Omit<ItemWish, 'seq'>>;
}

/** Makes things up by seed. */
export type Inventor = (seed: readonly number[]) => Promise<Invention>;
