import type { Order } from '../domain/order.js';
import type { Scenario } from '../steering/scenario.js';
import { ruleFor, spend, type Target } from './armed-rules.js';
import { knownOrder, OrderSource, type Origins, ScenarioConflict } from './order-source.js';
import type { ArmedRule, Change, OrderRecord, WorldStorage } from './ports.js';
import { nextReturnNumbers, type ReturnNumbers, returnNumbers } from './return-numbers.js';

/** Which scenario steers a call. */
export interface ScenarioChoice {
  readonly scenario?: Scenario | undefined;
  /** Whether the request itself names the scenario; one from a default steers only orders not made yet. */
  readonly isNamed: boolean;
}

/** A call names an order, before anything is decided about it. */
export interface Meeting extends ScenarioChoice {
  readonly orderNo: string;
  readonly origins: Origins;
  /** Whether the call counts as a step of the scenario. */
  readonly counts: boolean;
  /** How armed rules see the call; left out for one that meets none. */
  readonly target?: (record: OrderRecord | undefined) => Target;
  /** The rule that the call meets without spending it: the call before has, of the same request. */
  readonly spent?: ArmedRule | undefined;
  /** The scenario that steers the call once it has met a rule. */
  readonly armedWith?: (rule: ArmedRule) => ScenarioChoice;
}

export interface Met {
  readonly order?: Order | undefined;
  /** The scenario as far as it steers this order. */
  readonly scenario: Scenario | undefined;
  /** Which step of the scenario this call is, from 1; 0 where it is none. */
  readonly step: number;
  /** The armed rule that the call has met. */
  readonly rule?: ArmedRule | undefined;
}

/**
 * Creates a scenario's own order, or the sample order, when its number is first mentioned, takes the call off
 * the armed rule that it meets, and counts it as a step of its scenario. Throws `ScenarioConflict`.
 */
export async function meetOrder(storage: WorldStorage, meeting: Meeting): Promise<Met> {
  const { orders, series } = storage;
  const { orderNo, target, spent } = meeting;
  const kept = await orders.read(orderNo);
  if (spent) {
    return orders.transact(orderNo, (record) =>
      meet(record, armed(meeting, spent), returnNumbers(series), spent),
    );
  }
  const looking = nextReturnNumbers(series);
  if (!target || !ruleFor(await storage.settings(), target(await withKnown(kept, meeting, looking)))) {
    const { result, record } = await meet(kept, meeting, looking);
    if (!record) return result;
    return orders.transact(orderNo, (record) => meet(record, meeting, returnNumbers(series)));
  }
  return orders.transact(orderNo, async (record) => {
    const known = await withKnown(record, meeting, nextReturnNumbers(series));
    assertFits(known, meeting);
    const rule = await storage.changeSettings((settings) => spend(settings, target(known)));
    return meet(record, armed(meeting, rule), returnNumbers(series), rule);
  });
}

/** The same for those who only look: nothing is created, spent or counted. */
export async function lookAtOrder(storage: WorldStorage, meeting: Meeting): Promise<Met> {
  const record = await storage.orders.read(meeting.orderNo);
  const numbers = nextReturnNumbers(storage.series);
  const known = await withKnown(record, meeting, numbers);
  const rule = meeting.target && ruleFor(await storage.settings(), meeting.target(known));
  return (await meet(record, armed(meeting, rule), nextReturnNumbers(storage.series), rule)).result;
}

const armed = (meeting: Meeting, rule: ArmedRule | undefined): Meeting =>
  rule && meeting.armedWith ? { ...meeting, scenario: undefined, ...meeting.armedWith(rule) } : meeting;

/** An order that every workspace knows counts as made already, and not from the scenario that steers. */
async function withKnown(
  record: OrderRecord | undefined,
  { orderNo, origins }: Meeting,
  numbers: ReturnNumbers,
): Promise<OrderRecord | undefined> {
  if (record?.order) return record;
  const order = await knownOrder(origins, orderNo, numbers);
  return order ? { calls: {}, ...record, orderNo, order } : record;
}

async function meet(
  kept: OrderRecord | undefined,
  meeting: Meeting,
  numbers: ReturnNumbers,
  rule?: ArmedRule,
): Promise<Change<Met>> {
  const { orderNo, origins, counts } = meeting;
  const record = await withKnown(kept, meeting, numbers);
  assertFits(record, meeting);
  const scenario = fits(record, meeting.scenario) ? meeting.scenario : undefined;
  const order = record?.order ?? (await new OrderSource(scenario, origins).ownOrder(orderNo, numbers));
  const isNew = order !== undefined && !kept?.order;
  const met = record?.calls ?? {};
  if (!counts || !scenario || scenario.calls.length === 0) {
    const result = { order, scenario, step: 0, rule };
    return isNew ? { result, record: { ...record, orderNo, order, calls: met } } : { result };
  }
  const { name } = scenario;
  // Own counts only: a scenario may be named like a member of every object, such as `constructor`.
  const step = (Object.hasOwn(met, name) ? (met[name] ?? 0) : 0) + 1;
  return {
    result: { order, scenario, step, rule },
    record: { ...record, orderNo, order, calls: { ...met, [name]: step } },
  };
}

/** Whether a scenario can steer an order: one of steps alone steers every order. */
export const fits = (record: OrderRecord | undefined, scenario: Scenario | undefined): boolean =>
  !record?.order || !scenario?.order || record.order.scenario === scenario.name;

function assertFits(record: OrderRecord | undefined, { orderNo, scenario, isNamed, origins }: Meeting): void {
  if (!isNamed || !scenario || fits(record, scenario)) return;
  const isOfFile = origins.knownOrders.wish(orderNo) !== undefined;
  throw new ScenarioConflict(orderNo, record?.order?.scenario, scenario.name, isOfFile);
}
