import type { Money } from '../domain/money.js';
import type { CancelItem, ItemType, Learning, Order } from '../domain/order.js';
import type { WebhookCourse } from './webhook-trouble.js';
import type { Trouble } from './words.js';

export type Translated = { readonly en: string; readonly ko: string };

/** A line that an adopted order has beyond those of the request. */
export interface FurtherLine {
  readonly itemType: ItemType;
  readonly itemId: string;
  readonly quantity: bigint;
  /** Per unit, in major units. */
  readonly amount: Money;
  readonly taxAmount: Money;
  /** It arrives already cancelled. */
  readonly cancelled: boolean;
}

/** How an order number other than the scenario's own becomes an order. */
export interface Adoption {
  /** The lines taken from the request arrive already cancelled. */
  readonly requestedCancelled: boolean;
  readonly further: readonly FurtherLine[];
  /** Further lines are learnt as accepted cancels name them. */
  readonly learning?: Learning | undefined;
}

/** A cancel that the scenario's order has behind it. */
export interface PastCancel {
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly items: readonly CancelItem[];
}

export interface OrderTemplate
  extends Pick<Order, 'orderNo' | 'state' | 'currency' | 'paymentMethod' | 'orderedAt' | 'lines'> {
  readonly cancels: readonly PastCancel[];
  readonly adopts: Adoption;
}

/** The trouble of some cancels of one order: of the first `times`, then comes the next entry, then none. */
export interface Call extends Trouble {
  readonly times: number;
}

/** A request that shows what the scenario is for, and what it answers. */
export interface Example {
  readonly title: string;
  /** The body as it is sent. */
  readonly request: string;
  readonly status: number;
  readonly rule: string;
  /** As in `X-Sandbox-Order-State`. */
  readonly orderState?: string | undefined;
  /** The body as it is answered; left out where the wire is broken. */
  readonly answer?: string | undefined;
}

export interface Scenario {
  readonly name: string;
  readonly purpose: Translated;
  /** Left out: a scenario of calls alone, which fits every order. */
  readonly order?: OrderTemplate | undefined;
  readonly calls: readonly Call[];
  /** Of the cancels that it steers. */
  readonly webhooks?: WebhookCourse | undefined;
  readonly examples: readonly Example[];
}

/** Scenarios by name. The first `get` of one may have to parse it. */
export type Scenarios = Pick<ReadonlyMap<string, Scenario>, 'get' | 'keys'>;

/** The trouble that the nth cancel of one order meets, counting from 1; nothing once all calls are through. */
export function troubleOfCall({ calls }: Scenario, nth: number): Trouble {
  let before = 0;
  for (const { times, ...trouble } of calls) {
    before += times;
    if (nth <= before) return trouble;
  }
  return {};
}
