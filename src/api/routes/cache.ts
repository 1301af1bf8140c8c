import { z } from 'zod';
import type { App } from '../app-type.ts';
import type { ApiDeps } from '../ports.ts';
import { cacheCleared, cacheState } from '../schemas/cache.ts';
import { problems } from '../schemas/problem.ts';

export function cacheRoutes(app: App, { cache }: ApiDeps): void {
  app.get(
    '/cache',
    {
      schema: {
        tags: ['gateway'],
        summary: 'The cache of answers: what it holds, how often it answers, what that is worth',
        response: { 200: cacheState.describe('Its state.'), ...problems },
      },
    },
    async () => await cache.state(),
  );

  app.delete(
    '/cache',
    {
      schema: {
        tags: ['gateway'],
        summary: 'Forget all stored answers',
        querystring: z.strictObject({
          learnt: z
            .enum(['true', 'false'])
            .optional()
            .describe('true: also which answers the semantic cache may give. It begins to learn anew.'),
        }),
        response: { 200: cacheCleared.describe('How many.'), ...problems },
      },
    },
    async ({ query }) => ({ forgotten: await cache.clear(query.learnt === 'true') }),
  );
}
