import type { CancelRequest } from '../domain/cancel-request.js';
import type { Order } from '../domain/order.js';
import { adoptedOrder, adoptsWithPast, orderFromTemplate } from '../steering/order-from-template.js';
import type { OrderTemplate, Scenario } from '../steering/scenario.js';
import type { ReturnNumbers } from './return-numbers.js';

/** The scenario that the sample order is made from, and that a scenario of steps alone stands on. */
export const BASE_SCENARIO = 'captured';

/** A scenario with an order part was named for an order that was made otherwise. */
export class ScenarioConflict extends Error {
  override readonly name = 'ScenarioConflict';

  constructor(orderNo: string, madeFrom: string | undefined, scenario: string) {
    super(
      `Order ${JSON.stringify(orderNo)} was made from ${madeFrom ? `scenario ${madeFrom}` : 'no scenario'} ` +
        `and cannot follow scenario ${scenario}. Reset the workspace, or take another workspace or order number.`,
    );
  }
}

/** Where the order of a number comes from when the number is first mentioned. */
export class OrderSource {
  readonly #name: string;
  readonly #template: OrderTemplate | undefined;
  readonly #adopts: boolean;

  /** `base`: the scenario named `captured`. */
  constructor(scenario: Scenario | undefined, base: Scenario) {
    const { name, order } = scenario?.order ? scenario : base;
    this.#name = name;
    this.#template = order;
    this.#adopts = scenario !== undefined;
  }

  /** Whether the number is the scenario's own, or the sample order's where no scenario steers. */
  owns(orderNo: string): boolean {
    return this.#template?.orderNo === orderNo;
  }

  /** The order that the scenario has for its own number, with its past behind it. */
  ownOrder(numbers: ReturnNumbers): Promise<Order> {
    return templateOrder(this.#name, this.#adopted(), numbers);
  }

  /** The currency that an unknown number would get; `undefined` where it is not adopted. */
  adoptionCurrency(requested: string | undefined): string | undefined {
    return this.#adopts ? (requested ?? this.#template?.currency) : undefined;
  }

  /** The order that an unknown number becomes by its first cancel that adds up. */
  adopt(
    { orderNo, items }: Pick<CancelRequest, 'orderNo' | 'items'>,
    currency: string,
    numbers: ReturnNumbers,
  ) {
    const template = this.#adopted();
    // Only an accepted cancel teaches a learning order, the first as any other.
    const lines = template.adopts.learning ? [] : items;
    return adoptionOrder(this.#name, { ...template, orderNo, currency }, lines, numbers);
  }

  #adopted(): OrderTemplate {
    if (!this.#template) throw new Error(`Scenario ${this.#name} has no order`);
    return this.#template;
  }
}

/** The order of a template, with a return number for each cancel that it has behind it. */
export async function templateOrder(
  scenario: string,
  template: OrderTemplate,
  numbers: ReturnNumbers,
): Promise<Order> {
  const returnRequestIds: string[] = [];
  for (const _ of template.cancels) returnRequestIds.push(await numbers.next(template.orderedAt));
  return orderFromTemplate(scenario, template, returnRequestIds);
}

/** The order of a template with lines of its own, with a return number where it arrives with a past. */
export async function adoptionOrder(
  scenario: string,
  template: OrderTemplate,
  items: CancelRequest['items'],
  numbers: ReturnNumbers,
): Promise<Order> {
  const { orderNo, currency, orderedAt } = template;
  const returnRequestId = adoptsWithPast(template) ? await numbers.next(orderedAt) : '';
  return adoptedOrder(scenario, template, { orderNo, currency, items, returnRequestId });
}
