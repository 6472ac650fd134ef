import { Hono } from 'hono';
import { z } from 'zod';
import type { Checklist } from '../../app/certification/checklist.js';
import { factsOf } from '../../app/certification/facts.js';
import { formats, written } from '../../app/certification/formats/formats.js';
import { lint } from '../../app/certification/lint.js';
import { builtIn, checklistOf } from '../../app/certification/own-checklist.js';
import { digestOf, reportOf } from '../../app/certification/report.js';
import { languages } from '../../contract/error-table.js';
import type { Writable } from '../../contract/json/write-exact.js';
import { checkLevels } from '../../steering/checklist.js';
import { BrokenChecklist, readChecklist } from '../../steering/read-checklist.js';
import { notAccepted, ProblemError } from '../problem.js';
import { bodyTooLarge } from '../problems.js';
import { readBody } from '../read-body.js';
import type { Services } from '../services.js';
import type { ControlContext, ControlEnv } from './control-call.js';
import { queryBy } from './page-query.js';
import { json, methodNotAllowed } from './respond.js';
import { oneOf } from './values.js';

export const languageQuery = z.object({ language: oneOf(languages).default('en') });

export const certificationQuery = languageQuery.extend({
  checklist: z.string().min(1, 'the name of a checklist').default(builtIn.name),
  format: oneOf(formats).default('json'),
  failOn: oneOf(checkLevels).default('must'),
});

type Query = z.output<typeof certificationQuery>;

const utf8 = new TextDecoder();

/** What the traffic of a workspace says about its client. */
export const certificationRoutes = () =>
  new Hono<ControlEnv>()
    .get('/checklists', queryBy(languageQuery), (c) => {
      const { services } = c.var;
      const { language } = c.req.valid('query');
      const checklists = [...services.checklists.values()].map((checklist) => ({
        name: checklist.name,
        version: checklist.version,
        digest: digestOf(checklist, services.digests),
        title: checklist.title[language],
        checks: checklist.checks.map((check) => ({
          id: check.id,
          title: check.title[language],
          reason: check.reason[language],
          level: check.level,
          source: check.source,
          exercised: check.exercised[language],
          exercise: check.exercise ?? null,
        })),
      }));
      return json({ checklists, next: null });
    })
    .all('/checklists', methodNotAllowed('GET'))
    .get('/certification', queryBy(certificationQuery), (c) => {
      const query = c.req.valid('query');
      return certified(c, namedChecklist(c.var.services, query.checklist), query);
    })
    .post('/certification', queryBy(certificationQuery), async (c) => {
      const { bytes } = await readBody(c.req.raw, c.env?.incoming);
      if (!bytes) throw bodyTooLarge();
      return certified(c, sentChecklist(utf8.decode(bytes)), c.req.valid('query'));
    })
    .all('/certification', methodNotAllowed('GET', 'POST'))
    .get('/lint', queryBy(languageQuery), async (c) => {
      const { services, world } = c.var;
      const findings = lint(await factsOf(world, services.clock), c.req.valid('query').language);
      return json({ findings: findings as unknown as Writable });
    })
    .all('/lint', methodNotAllowed('GET'));

async function certified(
  { var: { services, world } }: ControlContext,
  checklist: Checklist,
  { language, format, failOn }: Query,
): Promise<Response> {
  const facts = await factsOf(world, services.clock);
  const report = reportOf(checklist, facts, world.workspace, language, services);
  const { text, contentType } = written(report, format, failOn);
  return new Response(text, { headers: { 'Content-Type': contentType } });
}

export function namedChecklist({ checklists }: Services, name: string): Checklist {
  const checklist = checklists.get(name);
  if (!checklist)
    throw notAccepted('checklist', name, [...checklists.keys()], { word: 'checklist', via: 'query' });
  return checklist;
}

/** The name of a checklist that came with the call. */
const SENT = 'checklist';

function sentChecklist(yaml: string): Checklist {
  try {
    return checklistOf(readChecklist(SENT, SENT, yaml, builtIn));
  } catch (error) {
    if (!(error instanceof BrokenChecklist)) throw error;
    throw new ProblemError({ status: 422, title: 'Broken checklist', detail: error.message });
  }
}
