import type { App } from '../app-type.ts';
import type { ApiDeps } from '../ports.ts';
import { problems } from '../schemas/problem.ts';
import { routeExperiments, routeModels } from '../schemas/route.ts';

export function routeRoutes(app: App, { routing }: Pick<ApiDeps, 'routing'>): void {
  app.get(
    '/route/models',
    {
      schema: {
        tags: ['route'],
        summary: 'What is known of each target',
        description:
          'As the process that answers has seen it of late; half of it is forgotten after an hour.',
        response: {
          200: routeModels.describe('The configured targets and those that were called.'),
          ...problems,
        },
      },
    },
    async () => ({ models: [...(await routing.models())] }),
  );

  app.get(
    '/route/experiments',
    {
      schema: {
        tags: ['route'],
        summary: 'Canaries and A/B tests',
        response: { 200: routeExperiments.describe('Those that had calls since the start.'), ...problems },
      },
    },
    async () => ({ experiments: [...(await routing.experiments())] }),
  );
}
