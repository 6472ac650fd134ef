import { z } from 'zod';
import { verify } from '../../app/verify.js';
import { resultCodes } from '../../contract/error-table.js';
import type { Writable } from '../../contract/json/write-exact.js';
import { rules } from '../../contract/rule-table.js';
import { orderStates } from '../../domain/transitions.js';
import { onLeaving } from '../call/deliver.js';
import { onGivingUp } from '../call/deliver-in-process.js';
import { operations } from '../call/operations.js';
import { ProblemError } from '../problem.js';
import { readWord, steeringWords } from '../steering.js';
import type { ControlContext } from './control-call.js';
import { parseWith, readJson } from './read-json.js';
import { json } from './respond.js';
import { count, oneOf, text, wordValue } from './values.js';

const MAX_WITHIN_MS = 60_000;

const ORDER_STATE = `a state, or a change such as CAPTURED->REFUNDED; states: ${orderStates.join(', ')}`;

/** `CAPTURED`, or `CAPTURED->REFUNDED`. */
function isOrderState(value: string): boolean {
  const states = value.split('->');
  return states.length <= 2 && states.every((name) => orderStates.some((state) => state === name));
}

const matchSchema = z.strictObject(
  {
    orderNo: text.optional(),
    operation: oneOf(operations.map(({ name }) => name)).optional(),
    rule: oneOf(rules).optional(),
    resultCode: oneOf(resultCodes).optional(),
    status: count(100, 599).optional(),
    orderState: z
      .string({ error: ORDER_STATE })
      .refine((value) => isOrderState(value), ORDER_STATE)
      .optional(),
    received: oneOf(['complete', 'part', 'nothing']).optional(),
    applied: z
      .strictObject(
        Object.fromEntries(steeringWords.map((word) => [word, wordValue])) as Record<
          string,
          typeof wordValue
        >,
        { error: 'an object of steering words' },
      )
      .optional(),
  },
  { error: 'an object, such as {"rule": "accepted"}; {} fits every call' },
);

export const verifySchema = z
  .strictObject(
    {
      match: matchSchema,
      exactly: count(0).optional(),
      atLeast: count(0).optional(),
      atMost: count(0).optional(),
      within: count(0, MAX_WITHIN_MS).default(0),
    },
    { error: 'an object with match, and one of exactly, atLeast, atMost' },
  )
  .refine(
    ({ exactly, atLeast, atMost }) =>
      [exactly, atLeast, atMost].filter((one) => one !== undefined).length <= 1,
    'only one of exactly, atLeast, atMost',
  );

/** Asserts how many calls there were: 200 where it holds, 409 with the nearest misses where it does not. */
export async function verifyRoute(c: ControlContext): Promise<Response> {
  const { match, within, ...given } = parseWith(verifySchema, await readJson(c), 'the verification');
  const isPlain = given.exactly === undefined && given.atLeast === undefined && given.atMost === undefined;
  const wanted = isPlain ? { atLeast: 1 } : given;
  const { services, world } = c.var;
  const applied = match.applied as Record<string, string> | undefined;
  for (const word of steeringWords) {
    const value = applied?.[word];
    if (value !== undefined) readWord(word, value, services.scenarios, 'verify');
  }
  const leavePlace = within > 0 ? services.waiting.enter() : undefined;
  const left = new AbortController();
  const leave = () => left.abort();
  const unwatch = c.env?.outgoing ? onLeaving(c.env.outgoing, leave) : onGivingUp(c.req.raw.signal, leave);
  const ended = AbortSignal.any([services.closing, left.signal]);
  const verdict = await verify(world, { ...match, applied }, wanted, within, services.timers, ended).finally(
    () => {
      unwatch();
      leavePlace?.();
    },
  );
  const { requestIds, isIncomplete, holds, nearest } = verdict;
  const count = requestIds.length;
  if (holds) return json({ count, requestIds });
  const [[relation, number] = []] = Object.entries(wanted).filter(([, value]) => value !== undefined);
  throw new ProblemError({
    status: 409,
    title: isIncomplete ? 'journal incomplete' : 'Verification failed',
    detail: isIncomplete
      ? 'the journal had to drop entries that could have counted, so nobody can say how many there were: verify earlier, or DELETE /_sandbox/requests before the test'
      : `calls that match: ${count}, wanted ${relation} ${number}`,
    count,
    wanted: wanted as Writable,
    match: match as unknown as Writable,
    requestIds,
    nearest: nearest as unknown as Writable,
  });
}
