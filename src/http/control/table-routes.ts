import { Hono } from 'hono';
import { writableItem } from '../../contract/cancel-response.js';
import type { Dialect } from '../../contract/dialect.js';
import { errorTable, resultCodes } from '../../contract/error-table.js';
import type { Writable } from '../../contract/json/write-exact.js';
import { answerOf, isRefusal, type Rule, type RuleRow, rules, ruleTable } from '../../contract/rule-table.js';
import type { Call, Scenario } from '../../steering/scenario.js';
import type { WebhookCourse } from '../../steering/webhook-trouble.js';
import { notAccepted, ProblemError } from '../problem.js';
import type { Services } from '../services.js';
import type { ControlEnv } from './control-call.js';
import { answeredExamples } from './examples.js';
import { json, methodNotAllowed } from './respond.js';
import { troubleView } from './trouble.js';

/** What the sandbox knows: its health, rules, errors and scenarios. */
export const tableRoutes = () =>
  new Hono<ControlEnv>()
    .get('/health', (c) => {
      const { version, storage, mode } = c.var.services;
      const trouble = storage.trouble();
      return json({
        status: trouble ? 'degraded' : 'ok',
        version,
        store: storage.description,
        mode,
        ...(trouble && { trouble: trouble.message }),
      });
    })
    .get('/rules', (c) => json({ rules: rules.map((rule) => ruleView(rule, c.var.services.dialect)) }))
    .get('/errors', () =>
      json({ errors: resultCodes.map((resultCode) => ({ resultCode, ...errorTable[resultCode] })) }),
    )
    .get('/scenarios', async (c) => {
      const { services } = c.var;
      const views: Writable[] = [];
      for (const name of services.scenarios.keys()) {
        views.push(await scenarioView(services, services.scenarios.get(name) as Scenario));
      }
      return json({ scenarios: views, next: null });
    })
    .get('/scenarios/:name', async (c) => {
      const name = c.req.param('name');
      const { scenarios } = c.var.services;
      const scenario = scenarios.get(name);
      if (scenario) return json(await scenarioView(c.var.services, scenario));
      const { problem } = notAccepted('scenario', name, [...scenarios.keys()]);
      throw new ProblemError({ ...problem, status: 404, title: 'Unknown scenario' });
    })
    .on('ALL', ['/health', '/rules', '/errors', '/scenarios', '/scenarios/:name'], methodNotAllowed('GET'));

/** A rule with what it answers; `configured` where that was set, beside the standing it had. */
function ruleView(rule: Rule, dialect: Dialect): Writable {
  const { meaning, resultCode, standing, source, reading }: RuleRow = ruleTable[rule];
  const view = {
    rule,
    meaning: meaning.en,
    resultCode,
    status: resultCode && 200,
    standing,
    source,
    reading,
  };
  if (!isRefusal(rule)) return view;
  const answered = { ...view, ...answerOf(rule, dialect) };
  return dialect.answers[rule] ? { ...answered, standing: 'configured', unconfigured: standing } : answered;
}

/** JSON has no infinity; a latency is named as in the file. */
const callView = ({ times, delay, ...trouble }: Call): Writable => ({
  times: Number.isFinite(times) ? times : 'always',
  ...(delay && { ['median' in delay ? 'latency' : 'delay']: { ...delay } }),
  ...(trouble as Record<string, Writable>),
});

const webhooksView = ({ trouble, refund }: WebhookCourse): Writable => ({
  ...(trouble && { trouble: troubleView(trouble) }),
  ...(refund && { refund: { ...refund } }),
});

async function scenarioView(services: Services, scenario: Scenario): Promise<Writable> {
  const { name, purpose, order, calls, webhooks } = scenario;
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
          items: order.lines.map(writableItem),
        }
      : null,
    calls: calls.map(callView),
    webhooks: webhooks ? webhooksView(webhooks) : null,
    examples: (await answeredExamples(services, scenario)) as unknown as Writable,
  };
}
