import type { App } from '../app-type.ts';
import type { Guard } from '../guard.ts';
import type { ApiDeps } from '../ports.ts';
import { aboutAnswer, machineList, publicAbout } from '../schemas/about.ts';
import { problems } from '../schemas/problem.ts';

export function aboutRoute(app: App, { about }: ApiDeps, guard: Guard): void {
  app.get(
    '/about',
    {
      schema: {
        tags: ['gateway'],
        summary: 'What this gateway is and how it is set up',
        description: 'Needs no key; without one where one is needed, tells only its public part.',
        security: [],
        response: { 200: aboutAnswer.describe('The gateway.') },
      },
    },
    async ({ headers, ip }) => {
      const whole = { ...(await about()), auth: { required: guard.required() } };
      return guard.isAdmin({ headers, ip }) ? whole : publicAbout.parse(whole);
    },
  );
}

export function machineRoute(app: App, { machines }: ApiDeps): void {
  app.get(
    '/machines',
    {
      schema: {
        tags: ['gateway'],
        summary: 'What self-hosted machines cost, busy and idle',
        response: { 200: machineList.describe('The machines.'), ...problems },
      },
    },
    async () => ({ machines: [...(await machines())] }),
  );
}
