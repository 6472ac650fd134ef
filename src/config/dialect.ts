import { z } from 'zod';
import {
  switches as alternatives,
  type Dialect,
  type ProfileName,
  profiles,
  specification,
} from '../contract/dialect.js';
import { failureCodes, isAnswerStatus } from '../contract/error-table.js';
import type { RefusalRule } from '../contract/refusals.js';
import { refusalRules } from '../contract/rule-table.js';
import { object, oneOf, recordOf } from './schemas.js';

const STATUS = 'an HTTP status from 200 to 599 that has a body';

export const profile = oneOf(Object.keys(profiles) as [ProfileName, ...ProfileName[]]);

/** The alternatives of single readings. */
export const switches = object({
  lineAmount: oneOf(alternatives.lineAmount).optional(),
  requestId: oneOf(alternatives.requestId).optional(),
  timestampFraction: oneOf(alternatives.timestampFraction).optional(),
  amountForm: oneOf(alternatives.amountForm).optional(),
  errorShape: oneOf(alternatives.errorShape).optional(),
  authStatus: z
    .union([z.string(), z.int()], { error: alternatives.authStatus.join(', ') })
    .transform(String)
    .pipe(oneOf(alternatives.authStatus))
    .optional(),
  headerValues: oneOf(alternatives.headerValues).optional(),
});

/** Other answers than the rule table's, rule by rule. */
export const rules = recordOf(
  refusalRules as [RefusalRule, ...RefusalRule[]],
  object({
    resultCode: z.enum(failureCodes, { error: `a result code: ${failureCodes.join(', ')}` }),
    status: z.number({ error: STATUS }).refine(isAnswerStatus, STATUS).optional(),
  }),
);

/** How the platform is taken to speak: the profile, over it the switches, over those the rules. */
export function dialectOf(
  chosen: { switches?: z.infer<typeof switches> | undefined; rules?: z.infer<typeof rules> | undefined },
  profile: ProfileName,
): Dialect {
  const base: Dialect = { ...specification, ...profiles[profile] };
  return { ...base, ...chosen.switches, answers: { ...base.answers, ...chosen.rules } };
}
