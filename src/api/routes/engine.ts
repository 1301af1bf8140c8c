import type { App } from '../app-type.ts';
import type { ApiDeps } from '../ports.ts';
import { engineList } from '../schemas/engine.ts';
import { problems } from '../schemas/problem.ts';

export function engineRoute(app: App, { engines }: ApiDeps): void {
  app.get(
    '/engine',
    {
      schema: {
        tags: ['gateway'],
        summary: 'The engines of this machine: instances, blocks, requests',
        response: { 200: engineList.describe('The engines; none when no model is there.'), ...problems },
      },
    },
    async () => ({ engines: [...(await engines())] }),
  );
}
