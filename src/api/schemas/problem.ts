import { z } from 'zod';

/** The body of every answer that is no success. */
export const problem = z
  .object({
    error: z.object({
      code: z.string().describe('Stable, for programs.'),
      message: z.string().describe('For people: what is wrong, where, and what to do.'),
      path: z.string().optional().describe('The part of the request at fault, such as `query.from`.'),
    }),
  })
  .meta({ id: 'Problem' });

/** The answers that any route of the management API may give besides its own. */
export const problems = {
  400: problem.describe('The request is malformed; `path` says where.'),
  401: problem.describe('An admin key is needed.'),
  403: problem.describe('The key has the wrong scope, or a web page of another site is asking.'),
  503: problem.describe('The store is not reachable.'),
} as const;
