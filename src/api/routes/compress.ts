import type { App } from '../app-type.ts';
import type { ApiDeps } from '../ports.ts';
import { compressResume, compressResumed, compressState } from '../schemas/compress.ts';
import { problems } from '../schemas/problem.ts';

export function compressRoutes(app: App, { compress }: ApiDeps): void {
  app.get(
    '/compress',
    {
      schema: {
        tags: ['gateway'],
        summary: 'What the guard of the compression found, by model and class of task',
        response: { 200: compressState.describe('Nothing before the first comparison.'), ...problems },
      },
    },
    async () => ({
      guards: (await compress.guards()).map((state) => ({
        ...state,
        stoppedAt: state.stoppedAt === null ? null : new Date(state.stoppedAt).toISOString(),
      })),
    }),
  );

  app.post(
    '/compress/resume',
    {
      schema: {
        tags: ['gateway'],
        summary: 'Compress again what the guard stopped, and forget its comparisons',
        body: compressResume,
        response: { 200: compressResumed.describe('How many.'), ...problems },
      },
    },
    async ({ body: { model, task } }) => ({ resumed: await compress.resume(model, task) }),
  );
}
