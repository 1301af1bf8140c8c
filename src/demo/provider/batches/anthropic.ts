import type { Json, JsonObject } from '../../../core/json.ts';
import { type Endpoint, json } from '../wire.ts';
import {
  advance,
  type BatchState,
  bodyOf,
  broken,
  notFound,
  type SimulatedBatch,
  swallowed,
} from './state.ts';

export function anthropicBatches(state: BatchState, single: readonly Endpoint[]): Endpoint {
  return (request, world) => {
    const [path, id, part] =
      /^\/v1\/messages\/batches(?:\/([^/]+))?(?:\/(results|cancel))?$/.exec(request.path) ?? [];
    if (path === undefined) return null;
    if (request.method === 'POST' && id === undefined) {
      const requests = bodyOf(request)['requests'] as unknown as { custom_id: string; params: JsonObject }[];
      const batch: SimulatedBatch = {
        id: `msgbatch_${world.id(20)}`,
        createdAt: world.now(),
        metadata: {},
        inputFile: '',
        endpoint: '/v1/messages',
        entries: requests.map(({ custom_id: customId, params }) => ({
          customId,
          path: '/v1/messages',
          body: params,
        })),
        status: 'running',
        answers: new Map(),
      };
      state.list.unshift(batch);
      return swallowed(state) ? broken() : json(anthropicBatch(batch));
    }
    if (id === undefined) {
      for (const each of state.list) advance(state, each, single, request, world);
      return json({ data: state.list.map(anthropicBatch), has_more: false });
    }
    const batch = state.list.find((each) => each.id === id);
    if (!batch) return notFound();
    if (request.method === 'DELETE') {
      state.list = state.list.filter((each) => each !== batch);
      return json({ id, type: 'message_batch_deleted' });
    }
    if (part === 'cancel' && batch.status === 'running') batch.status = 'cancelled';
    if (part === 'results') {
      const lines = batch.entries.map(({ customId }) => anthropicLine(batch, customId));
      return {
        status: 200,
        headers: { 'content-type': 'application/x-jsonl' },
        chunks: lines.reverse().map((line) => `${JSON.stringify(line)}\n`),
      };
    }
    advance(state, batch, single, request, world);
    return json(anthropicBatch(batch));
  };
}

function anthropicBatch(batch: SimulatedBatch): JsonObject {
  const over = batch.status !== 'running';
  return {
    id: batch.id,
    type: 'message_batch',
    processing_status: over ? 'ended' : 'in_progress',
    request_counts: {
      processing: over ? 0 : batch.entries.length,
      succeeded: over ? batch.entries.length : 0,
      errored: 0,
      canceled: 0,
      expired: 0,
    },
    created_at: new Date(batch.createdAt).toISOString(),
    results_url: over ? 'https://elsewhere.invalid/results' : null,
  };
}

function anthropicLine({ answers, status }: SimulatedBatch, customId: string): Json {
  const answered = answers.get(customId);
  if (!answered)
    return { custom_id: customId, result: { type: status === 'cancelled' ? 'canceled' : 'expired' } };
  const body = JSON.parse(answered.chunks.join('')) as Json;
  return {
    custom_id: customId,
    result: answered.status === 200 ? { type: 'succeeded', message: body } : { type: 'errored', error: body },
  };
}
