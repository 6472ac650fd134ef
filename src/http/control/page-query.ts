import { zValidator } from '@hono/zod-validator';
import { closest } from 'fastest-levenshtein';
import { z } from 'zod';
import { cut } from '../../contract/quoted.js';
import { ProblemError } from '../problem.js';

const MAX_LIMIT = 1000;

export const pageSchema = z.object({
  limit: z.coerce
    .number({ error: `a whole number from 1 to ${MAX_LIMIT}` })
    .int(`a whole number from 1 to ${MAX_LIMIT}`)
    .min(1, `a whole number from 1 to ${MAX_LIMIT}`)
    .max(MAX_LIMIT, `a whole number from 1 to ${MAX_LIMIT}`)
    .default(50),
  cursor: z.string().min(1, 'the "next" of the page before').optional(),
  orderNo: z.string().min(1, 'an order number').optional(),
});

/** The query of a control call by its schema; a 422 problem where it is not understood. */
export const queryBy = <S extends z.ZodType>(schema: S) =>
  zValidator('query', schema, (result, c) => {
    if (result.success) return;
    const [issue] = result.error.issues;
    const key = String(issue?.path[0]);
    const value = cut(c.req.query(key) ?? '', 64);
    const accepted = issue?.code === 'invalid_value' ? issue.values.map(String) : undefined;
    throw new ProblemError({
      status: 422,
      title: 'Not accepted',
      detail: `query key ${key} ${JSON.stringify(value)} is not accepted: ${issue?.message}`,
      ...(accepted && { accepted, nearest: closest(value, accepted) }),
      word: key,
      via: 'query',
    });
  });

/** `limit`, `cursor` and `orderNo` of a list. */
export const pageQuery = queryBy(pageSchema);
