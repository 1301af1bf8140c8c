import { z } from 'zod';
import { BATCH_ITEM_STATES, type BatchItemReport, type BatchReport } from '../../core/batch-report.ts';
import { CallError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { App } from '../app-type.ts';
import type { ApiDeps } from '../ports.ts';
import { type BatchItem, batchItems, batchList, type BatchView, oneBatch } from '../schemas/batches.ts';
import { problem, problems } from '../schemas/problem.ts';

const BATCH_ID = z.string().regex(/^batch_[A-Za-z0-9]{1,100}$/, 'must be a batch’s id, batch_…');
const limit = (usual: number) => z.coerce.number().int().min(1).max(200).default(usual);
const params = z.object({ id: BATCH_ID });
const notThere = problem.describe('There is no such batch.');

/** The batches of all keys and teams, for who looks after the gateway; their calls' texts are not told. */
export function batchRoutes(app: App, { batches }: ApiDeps): void {
  app.get(
    '/batches',
    {
      schema: {
        tags: ['batches'],
        summary: 'Batches, the newest first',
        querystring: z.strictObject({ limit: limit(50), cursor: BATCH_ID.optional() }),
        response: { 200: batchList.describe('A page of batches.'), ...problems },
      },
    },
    async ({ query }) => {
      const found = await batches.list({ limit: query.limit + 1, after: query.cursor ?? null });
      const page = found.slice(0, query.limit).map(viewOf);
      const nextCursor = found.length > query.limit ? (page.at(-1)?.id ?? null) : null;
      return { batches: page, nextCursor, hours: batches.hours() };
    },
  );

  app.get(
    '/batches/:id',
    {
      schema: {
        tags: ['batches'],
        summary: 'One batch',
        params,
        response: { 200: oneBatch.describe('The batch.'), 404: notThere, ...problems },
      },
    },
    async ({ params: { id } }) => ({ batch: viewOf(await found(id)), hours: batches.hours() }),
  );

  app.get(
    '/batches/:id/items',
    {
      schema: {
        tags: ['batches'],
        summary: 'The calls of a batch in the order of its file, each with its state',
        params,
        querystring: z.strictObject({
          limit: limit(100),
          cursor: z.coerce.number().int().min(0).default(0).describe('`nextCursor` of the page before.'),
          state: z.enum(BATCH_ITEM_STATES).optional(),
        }),
        response: { 200: batchItems.describe('A page of calls.'), 404: notThere, ...problems },
      },
    },
    async ({ params: { id }, query }) => {
      const page = { limit: query.limit + 1, after: query.cursor, state: query.state ?? null };
      const items = await batches.items(id, page);
      if (items.length === 0) await found(id);
      const shown = items.slice(0, query.limit).map(itemOf);
      const nextCursor = items.length > query.limit ? String(shown.at(-1)?.line ?? 0) : null;
      return { items: shown, nextCursor };
    },
  );

  app.post(
    '/batches/:id/cancel',
    {
      schema: {
        tags: ['batches'],
        summary: 'Cancel a batch; one that is over stays as it is',
        description: 'What was answered is kept. Until a provider has ended its batch, ours is `cancelling`.',
        params,
        response: { 200: oneBatch.describe('The batch.'), 404: notThere, ...problems },
      },
    },
    async ({ params: { id } }) => {
      const { tenant } = await found(id);
      await batches.cancel(tenant, id);
      return { batch: viewOf(await found(id)), hours: batches.hours() };
    },
  );

  async function found(id: string): Promise<BatchReport> {
    const batch = await batches.find(id);
    if (batch) return batch;
    throw new CallError(
      'not_found',
      `There is no batch ${id}. It may have been removed by batch.retention.`,
      {
        param: 'path.id',
      },
    );
  }
}

function viewOf(batch: BatchReport): BatchView {
  const { caller, carriers, metadata, problems: wrong } = batch;
  return {
    id: batch.id,
    status: batch.status,
    endpoint: batch.endpoint,
    keyName: caller.keyName,
    team: caller.team,
    user: caller.user,
    tags: { ...caller.tags },
    metadata: metadata && textsIn(metadata),
    total: batch.total,
    completed: batch.completed,
    failed: batch.failed,
    waiting: batch.waiting,
    running: batch.running,
    submitted: batch.submitted,
    carriers: carriers.map((each) => ({ ...each })),
    costUsd: batch.costUsd,
    savedUsd: batch.savedUsd,
    unpricedCalls: batch.unpricedCalls,
    createdAt: new Date(batch.createdAt).toISOString(),
    startedAt: isoOf(batch.startedAt),
    expiresAt: new Date(batch.expiresAt).toISOString(),
    cancellingAt: isoOf(batch.cancellingAt),
    endedAt: isoOf(batch.endedAt),
    problems: wrong.map(({ code, message, line }) => ({ code, message, line })),
  };
}

function textsIn(metadata: JsonObject): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(metadata)) if (typeof value === 'string') texts[name] = value;
  return texts;
}

function itemOf({ notBefore, ...item }: BatchItemReport): BatchItem {
  return { ...item, error: item.error && { ...item.error }, notBefore: isoOf(notBefore) };
}

function isoOf(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}
