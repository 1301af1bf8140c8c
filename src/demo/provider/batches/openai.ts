import type { Json, JsonObject } from '../../../core/json.ts';
import { type Endpoint, json, type SimulatedAnswer, type SimulatedRequest } from '../wire.ts';
import {
  advance,
  type BatchState,
  bodyOf,
  broken,
  notFound,
  type SimulatedBatch,
  swallowed,
} from './state.ts';

export function openAiBatches(state: BatchState, single: readonly Endpoint[]): Endpoint {
  return (request, world) => {
    const [, what, id, part] =
      /^\/v1\/(files|batches)(?:\/([^/]+))?(?:\/(content|cancel))?$/.exec(request.path) ?? [];
    if (what === undefined) return null;
    if (what === 'files') {
      if (request.method === 'POST') {
        const file = `file-${world.id(20)}`;
        state.stored.set(file, fileIn(request));
        return json({ id: file, object: 'file', purpose: 'batch' });
      }
      const content = state.stored.get(id ?? '');
      if (content === undefined) return notFound();
      if (request.method === 'DELETE') state.stored.delete(id ?? '');
      return part === 'content'
        ? { status: 200, headers: { 'content-type': 'application/octet-stream' }, chunks: [content] }
        : json({ id: id ?? '', object: 'file', deleted: request.method === 'DELETE' });
    }
    if (request.method === 'POST' && id === undefined) {
      const {
        input_file_id: inputFile,
        endpoint,
        metadata = {},
      } = bodyOf(request) as unknown as {
        input_file_id: string;
        endpoint: string;
        metadata?: JsonObject;
      };
      const lines = (state.stored.get(inputFile) ?? '').split('\n').filter((line) => line !== '');
      const entries = lines.map((line) => {
        const entry = JSON.parse(line) as { custom_id: string; url: string; body: JsonObject };
        return { customId: entry.custom_id, path: entry.url, body: entry.body };
      });
      const batch: SimulatedBatch = {
        id: `batch_${world.id(20)}`,
        createdAt: world.now(),
        metadata,
        inputFile,
        endpoint,
        entries,
        status: state.failing === null ? 'running' : 'failed',
        answers: new Map(),
      };
      state.list.unshift(batch);
      if (swallowed(state)) return broken();
      return json(openAiBatch(state, batch));
    }
    if (id === undefined)
      return json({
        object: 'list',
        data: state.list.map((each) => openAiBatch(state, each)),
        has_more: false,
      });
    const batch = state.list.find((each) => each.id === id);
    if (!batch) return notFound();
    if (part === 'cancel' && batch.status === 'running') batch.status = 'cancelled';
    advance(state, batch, single, request, world);
    return json(openAiBatch(state, batch));
  };
}

function openAiBatch(state: BatchState, batch: SimulatedBatch): JsonObject {
  const { answers, id, status } = batch;
  const files: Record<string, string> = {};
  if (status === 'ended') {
    const lines = batch.entries.map(({ customId }) => openAiLine(customId, answers.get(customId)));
    for (const [name, ok] of [
      ['output_file_id', true],
      ['error_file_id', false],
    ] as const) {
      const own = lines.filter((line) => line.ok === ok);
      if (own.length === 0) continue;
      const file = `${name}-${id}`;
      if (!batch.answers.has(name))
        state.stored.set(file, own.map((line) => `${JSON.stringify(line.line)}\n`).join(''));
      batch.answers.set(name, { status: 0, headers: {}, chunks: [] });
      files[name] = file;
    }
  }
  return {
    id,
    object: 'batch',
    status: { running: 'in_progress', ended: 'completed', cancelled: 'cancelled', failed: 'failed' }[status],
    created_at: Math.floor(batch.createdAt / 1000),
    endpoint: batch.endpoint,
    input_file_id: batch.inputFile,
    metadata: batch.metadata,
    ...(status === 'failed' && { errors: { object: 'list', data: [{ code: 'x', message: state.failing }] } }),
    ...files,
  };
}

function openAiLine(customId: string, answered: SimulatedAnswer | undefined): { ok: boolean; line: Json } {
  const base = { id: `batch_req_${customId}`, custom_id: customId };
  if (!answered)
    return {
      ok: false,
      line: { ...base, response: null, error: { code: 'batch_expired', message: 'Too late.' } },
    };
  const body = JSON.parse(answered.chunks.join('')) as Json;
  const response = { status_code: answered.status, request_id: 'req_1', body };
  return { ok: answered.status === 200, line: { ...base, response, error: null } };
}

function fileIn({ body, headers }: SimulatedRequest): string {
  const boundary = /boundary=(.+)$/.exec(headers['content-type'] ?? '')?.[1] ?? '';
  const part = Buffer.from(body)
    .toString('utf8')
    .split(`--${boundary}`)
    .find((text) => text.includes('name="file"'));
  return part?.slice(part.indexOf('\r\n\r\n') + 4, -2) ?? '';
}
