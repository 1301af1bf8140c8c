import { z } from 'zod';
import type { App } from '../app-type.ts';
import { filterFields, groupBy, groupLimit, savingsGroupBy, toSpanFilter } from '../filters.ts';
import type { ApiDeps } from '../ports.ts';
import { dimensions } from '../schemas/dimensions.ts';
import { errorRows } from '../schemas/error-rows.ts';
import { latencyReport } from '../schemas/latency.ts';
import { problems } from '../schemas/problem.ts';
import { savingsReport } from '../schemas/savings.ts';
import { spendReport } from '../schemas/spend.ts';

const grouped = z.strictObject({ ...filterFields, groupBy, limit: groupLimit });

/** Sums over the ledger. */
export function reportRoutes(app: App, { ledger, now }: ApiDeps): void {
  app.get(
    '/spend',
    {
      schema: {
        tags: ['reports'],
        summary: 'Spend, tokens and calls, grouped',
        description: 'Over the last 24 hours unless `from` and `to` say otherwise.',
        querystring: grouped,
        response: { 200: spendReport.describe('The sums.'), ...problems },
      },
    },
    async ({ query }) => {
      const { groupBy, limit } = query;
      return await ledger.spend({ filter: toSpanFilter(query, now()), groupBy, limit });
    },
  );

  app.get(
    '/latency',
    {
      schema: {
        tags: ['reports'],
        summary: 'Latency percentiles and error rates, grouped',
        querystring: grouped,
        response: { 200: latencyReport.describe('The percentiles.'), ...problems },
      },
    },
    async ({ query }) => {
      const { groupBy, limit } = query;
      return await ledger.latency({ filter: toSpanFilter(query, now()), groupBy, limit });
    },
  );

  app.get(
    '/savings',
    {
      schema: {
        tags: ['reports'],
        summary: 'What the levers saved, grouped, beside the bill of the same calls',
        description:
          'Each lever is counted against not using it alone, so what interacting levers saved may overlap. Over the last 24 hours unless `from` and `to` say otherwise.',
        querystring: grouped.extend({ groupBy: savingsGroupBy }),
        response: { 200: savingsReport.describe('The sums.'), ...problems },
      },
    },
    async ({ query }) => {
      const { groupBy, limit } = query;
      return await ledger.savings({ filter: toSpanFilter(query, now()), groupBy, limit });
    },
  );

  app.get(
    '/errors',
    {
      schema: {
        tags: ['reports'],
        summary: 'Failed calls by error code, status and provider, the most frequent first',
        querystring: z.strictObject(filterFields),
        response: { 200: errorRows.describe('The errors.'), ...problems },
      },
    },
    async ({ query }) => ({ rows: [...(await ledger.errors(toSpanFilter(query, now())))] }),
  );

  app.get(
    '/dimensions',
    {
      schema: {
        tags: ['reports'],
        summary: 'Values to filter and group by',
        querystring: z.strictObject({ from: filterFields.from }),
        response: { 200: dimensions.describe('The values.'), ...problems },
      },
    },
    async ({ query }) => await ledger.dimensions(toSpanFilter({ from: query.from ?? '30d' }, now()).from),
  );
}
