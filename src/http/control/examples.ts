import { writeOrderState } from '../../app/journal.js';
import { noKnownOrders } from '../../app/ports.js';
import { DEFAULT_WORKSPACE, Workspaces } from '../../app/world.js';
import { breaksAnswer } from '../../steering/faults.js';
import type { Example, Scenario } from '../../steering/scenario.js';
import { answerCall } from '../call/answer-call.js';
import { statesOf } from '../call/call.js';
import { cancelOperation } from '../call/cancel-operation.js';
import { newCall } from '../call/receive.js';
import type { Services } from '../services.js';

/** When the first sample of the specification was answered: 2025-12-30T21:14:13.909292900Z. */
const SAMPLE_TIME = 1767129253909292900n;

/**
 * The examples of a scenario as this server answers them, with its switches and its own answers of rules: each is
 * decided, one after another, in a world that nobody sees. Where a fault spoils the answer, the example stays as it
 * is written.
 */
export async function answeredExamples(services: Services, scenario: Scenario): Promise<Example[]> {
  const storage = services.scratch();
  const clock = { now: () => SAMPLE_TIME };
  const apart: Services = {
    ...services,
    clock,
    storage,
    workspaces: new Workspaces(storage, clock),
    timers: { sleep: async () => {} },
    webhooks: services.webhooks.silent(),
    knownOrders: noKnownOrders,
    serverDefaults: {},
    mode: 'off',
    listeners: [],
  };
  const answered: Example[] = [];
  for (const example of scenario.examples) answered.push(await answeredExample(apart, scenario, example));
  return answered;
}

async function answeredExample(services: Services, { name }: Scenario, example: Example): Promise<Example> {
  const { path } = cancelOperation;
  const world = services.workspaces.use(DEFAULT_WORKSPACE);
  const bytes = new TextEncoder().encode(example.request);
  const input = {
    method: 'POST',
    target: `/api/v2/${path}`,
    headers: { 'content-type': 'application/json', 'x-sandbox-scenario': name },
    query: new URLSearchParams(),
    path: {},
  };
  await world.storage();
  const received = newCall(services, world, cancelOperation, input, {
    number: await services.storage.requestIds.next(SAMPLE_TIME),
    startedAt: SAMPLE_TIME,
    receivedAt: SAMPLE_TIME,
    bytes,
    bodyBytes: bytes.length,
    outgoing: undefined,
    signal: undefined,
    commits: true,
  });
  const { call, fault } = await answerCall(received, undefined);
  if (!call.answer || !call.rule || (fault && breaksAnswer(fault))) return example;
  const orderState = statesOf(call);
  return {
    title: example.title,
    request: example.request,
    status: call.answer.status,
    rule: call.rule,
    orderState: orderState && writeOrderState(orderState),
    answer: call.answer.body,
  };
}
