import { z } from 'zod';
import { CallError } from '../../core/errors.ts';
import type { App } from '../app-type.ts';
import type { ApiDeps } from '../ports.ts';
import { exampleList, exampleQuery } from '../schemas/examples.ts';
import { problem, problems } from '../schemas/problem.ts';

/** Well-rated calls that models are shown as examples. */
export function exampleRoutes(app: App, { examples }: Pick<ApiDeps, 'examples'>): void {
  app.get(
    '/examples',
    {
      schema: {
        tags: ['documents'],
        summary: 'Well-rated calls that models are shown as examples',
        description: 'With their questions and answers, as they are stored: redacted.',
        querystring: exampleQuery,
        response: { 200: exampleList.describe('The newest first.'), ...problems },
      },
    },
    async ({ query: { alias, task, limit } }) => ({
      examples: (await examples.list({ requestedModel: alias, task, limit })).map((each) => ({ ...each })),
    }),
  );

  app.delete(
    '/examples/:callId',
    {
      schema: {
        tags: ['documents'],
        summary: 'Show a call as an example no more',
        description: 'The call and its rating stay. Another good rating of it makes it an example again.',
        params: z.object({ callId: z.uuid('must be a call’s id') }),
        response: {
          200: z.object({ removed: z.string() }).describe('The call’s id.'),
          404: problem.describe('The call is no example.'),
          ...problems,
        },
      },
    },
    async ({ params: { callId } }) => {
      if (await examples.drop(callId)) return { removed: callId };
      throw new CallError('not_found', `The call ${callId} is no example.`, { param: 'path.callId' });
    },
  );
}
