import { Hono } from 'hono';
import { errorTable, resultCodes } from '../../contract/error-table.js';
import type { Writable } from '../../contract/json/write-exact.js';
import { type RuleRow, rules, ruleTable } from '../../contract/rule-table.js';
import type { Call, Scenario } from '../../scenarios/scenario.js';
import { notAccepted, ProblemError } from '../problem.js';
import type { ControlEnv } from './control-call.js';
import { json, only } from './respond.js';

/** What the sandbox knows: its health, rules, errors and scenarios. */
export const tableRoutes = () =>
  new Hono<ControlEnv>()
    .get('/health', (c) => {
      const { version, store } = c.var.services;
      return json({ status: 'ok', version, store });
    })
    .get('/rules', () => json({ rules: rules.map((rule) => ruleView(rule, ruleTable[rule])) }))
    .get('/errors', () =>
      json({ errors: resultCodes.map((resultCode) => ({ resultCode, ...errorTable[resultCode] })) }),
    )
    .get('/scenarios', (c) => {
      const scenarios = [...c.var.services.scenarios.values()].map(scenarioView);
      return json({ scenarios, next: null });
    })
    .get('/scenarios/:name', (c) => {
      const name = c.req.param('name');
      const { scenarios } = c.var.services;
      const scenario = scenarios.get(name);
      if (scenario) return json(scenarioView(scenario));
      const { problem } = notAccepted('scenario', name, [...scenarios.keys()]);
      throw new ProblemError({ ...problem, status: 404, title: 'Unknown scenario' });
    })
    .on('ALL', ['/health', '/rules', '/errors', '/scenarios', '/scenarios/:name'], only('GET'));

function ruleView(rule: string, row: RuleRow): Writable {
  const { meaning, resultCode, standing, source, reading } = row;
  const status = row.status ?? (resultCode === null ? null : errorTable[resultCode].status);
  return { rule, meaning, resultCode, status, standing, source, reading };
}

/** JSON has no infinity. */
const callView = ({ times, ...trouble }: Call): Writable => ({
  times: Number.isFinite(times) ? times : 'always',
  ...(trouble as Record<string, Writable>),
});

function scenarioView({ name, purpose, order, calls, examples }: Scenario): Writable {
  return {
    name,
    purpose,
    order: order
      ? {
          orderNo: order.orderNo,
          state: order.state,
          currency: order.currency,
          paymentMethod: order.paymentMethod,
          orderedAt: order.orderedAt,
          items: order.lines.map(({ seq, itemType, itemId, quantity, amount, taxAmount }) => ({
            seq,
            itemType,
            itemId,
            quantity,
            amount,
            taxAmount,
          })),
        }
      : null,
    calls: calls.map(callView),
    examples: examples as unknown as Writable,
  };
}
