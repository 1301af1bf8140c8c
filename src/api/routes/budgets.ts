import type { App } from '../app-type.ts';
import type { ApiDeps } from '../ports.ts';
import { budgetList } from '../schemas/budgets.ts';
import { problems } from '../schemas/problem.ts';

export function budgetRoutes(app: App, { budgets }: ApiDeps): void {
  app.get(
    '/budgets',
    {
      schema: {
        tags: ['gateway'],
        summary: 'Budgets: what was spent, what is held back for calls under way, what is left',
        response: { 200: budgetList.describe('One entry for each that a budget is kept for.'), ...problems },
      },
    },
    async () => ({ budgets: (await budgets()).map((each) => ({ ...each })) }),
  );
}
