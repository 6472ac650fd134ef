import type { WebhookEventType } from '../contract/webhook.js';
import type { ArmedRule, Settings } from './ports.js';

/** How many more calls a rule waits for. */
export const remainingOf = ({ times, hits }: ArmedRule): number | 'always' =>
  times === 'always' ? times : times - hits;

/** Whether a rule was met as often as it was armed for; one that is met always, at least once. */
export const isCompleted = (rule: ArmedRule): boolean =>
  rule.times === 'always' ? rule.hits > 0 : rule.hits >= rule.times;

/** Whether calls of an order may meet a rule. */
export const fitsOrder = (rule: ArmedRule, orderNo: string): boolean =>
  rule.orderNo === undefined || matches(rule.orderNo, orderNo);

const isLeft = (rule: ArmedRule): boolean => rule.times === 'always' || rule.hits < rule.times;

/** A call, or an event of an order, as armed rules see it. */
export interface Target {
  readonly operation: string;
  readonly orderNo: string;
  /** Whether a word of a rule has an effect on the call: nothing stronger says it, and it fits the order. */
  readonly takes: (word: string, value: string) => boolean;
  /** Of an event. */
  readonly eventType?: WebhookEventType | undefined;
}

/** The operation that rules for webhooks name. */
export const WEBHOOK = 'webhook';

/** The oldest rule that fits the call and has something left. */
export const ruleFor = (
  { armed }: Settings,
  { operation, orderNo, takes, eventType }: Target,
): ArmedRule | undefined =>
  armed.find(
    (rule) =>
      isLeft(rule) &&
      rule.operation === operation &&
      fitsOrder(rule, orderNo) &&
      (rule.eventType === undefined || rule.eventType === eventType) &&
      (rule.trouble !== undefined || Object.entries(rule.words).some(([word, value]) => takes(word, value))),
  );

/**
 * Takes one call off the rule that it meets. To be run as one change of the settings.
 * Example: one fault is left and A and B race for it. A takes it; B finds nothing left and meets no fault.
 */
export function spend(
  settings: Settings,
  target: Target,
): { readonly result: ArmedRule | undefined; readonly settings?: Settings } {
  const met = ruleFor(settings, target);
  if (!met) return { result: undefined };
  const result = { ...met, hits: met.hits + 1 };
  return {
    result,
    settings: { ...settings, armed: settings.armed.map((rule) => (rule === met ? result : rule)) },
  };
}

/** Arms rules behind those that are armed already. */
export function arm(
  settings: Settings,
  rules: readonly Omit<ArmedRule, 'id' | 'hits'>[],
): { readonly result: readonly ArmedRule[]; readonly settings: Settings } {
  const result = rules.map((rule, index) => ({
    ...rule,
    id: `arm-${settings.armedCount + index + 1}`,
    hits: 0,
  }));
  const armed = [...settings.armed, ...result];
  return { result, settings: { ...settings, armed, armedCount: settings.armedCount + rules.length } };
}

/** `*` stands for any characters; parts between them are looked for from left to right, so that no pattern is slow. */
function matches(pattern: string, orderNo: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === orderNo;
  if (!orderNo.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = orderNo.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return orderNo.length - last.length >= at && orderNo.endsWith(last);
}
