import type { Order } from '../domain/order.js';
import type { Scenario } from '../steering/scenario.js';
import { ruleFor, spend, type Target } from './armed-rules.js';
import { knownOrder, OrderSource, type Origins, ScenarioConflict } from './order-source.js';
import {
  type ArmedRule,
  type Change,
  type OrderRecord,
  onward,
  type Soon,
  type WorldStorage,
} from './ports.js';
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
export function meetOrder(storage: WorldStorage, meeting: Meeting): Soon<Met> {
  return onward(storage.orders.read(meeting.orderNo), (kept) =>
    onward(storage.settings(), ({ armed }) => {
      if (armed.length > 0 || meeting.spent) return meetRule(storage, meeting, kept);
      return meetNoRule(storage, meeting, kept);
    }),
  );
}

/** Nearly every call finds its order as it is to be, and changes nothing yet. */
function meetNoRule(
  { orders, series }: WorldStorage,
  meeting: Meeting,
  kept: OrderRecord | undefined,
): Soon<Met> {
  return onward(meet(kept, meeting, nextReturnNumbers(series)), ({ result, record }) => {
    if (!record) return result;
    return orders.transact(meeting.orderNo, (record) => meet(record, meeting, returnNumbers(series)));
  });
}

async function meetRule(
  storage: WorldStorage,
  meeting: Meeting,
  kept: OrderRecord | undefined,
): Promise<Met> {
  const { orders, series } = storage;
  const { orderNo, target, spent } = meeting;
  if (spent) {
    return orders.transact(orderNo, (record) =>
      meet(record, armed(meeting, spent), returnNumbers(series), spent),
    );
  }
  const looking = nextReturnNumbers(series);
  if (!target || !ruleFor(await storage.settings(), target(await withKnown(kept, meeting, looking)))) {
    return meetNoRule(storage, meeting, kept);
  }
  // A run that another process was faster than has spent the rule already.
  let spending: Promise<ArmedRule | undefined> | undefined;
  return orders.transact(orderNo, async (record) => {
    const known = await withKnown(record, meeting, nextReturnNumbers(series));
    assertFits(known, meeting);
    spending ??= storage.changeSettings((settings) => spend(settings, target(known)));
    const rule = await spending;
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
function withKnown(
  record: OrderRecord | undefined,
  { orderNo, origins }: Meeting,
  numbers: ReturnNumbers,
): Soon<OrderRecord | undefined> {
  if (record?.order) return record;
  return onward(knownOrder(origins, orderNo, numbers), (order) =>
    order ? { calls: {}, ...record, orderNo, order } : record,
  );
}

function meet(
  kept: OrderRecord | undefined,
  meeting: Meeting,
  numbers: ReturnNumbers,
  rule?: ArmedRule,
): Soon<Change<Met>> {
  const { orderNo, origins } = meeting;
  return onward(withKnown(kept, meeting, numbers), (record) => {
    assertFits(record, meeting);
    const scenario = fits(record, meeting.scenario) ? meeting.scenario : undefined;
    const own = record?.order ?? new OrderSource(scenario, origins).ownOrder(orderNo, numbers);
    return onward(own, (order) => counted(order, scenario, record, meeting, !kept?.order, rule));
  });
}

/** What is kept of an order that a call has met: that it is made now, and that one more step of its scenario is. */
function counted(
  order: Order | undefined,
  scenario: Scenario | undefined,
  record: OrderRecord | undefined,
  { orderNo, counts }: Meeting,
  wasMissing: boolean,
  rule: ArmedRule | undefined,
): Change<Met> {
  const isNew = order !== undefined && wasMissing;
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
