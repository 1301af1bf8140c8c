import type { Json, JsonObject } from '../../src/core/json.ts';
import { answer, type ProviderApi } from '../../src/demo/provider/api.ts';
import {
  type Endpoint,
  json,
  type SimulatedAnswer,
  type SimulatedRequest,
  type SimulatedWorld,
} from '../../src/demo/provider/wire.ts';

/**
 * The batch APIs of OpenAI and Anthropic as a provider serves them. Synthetic: written from their published references
 * (developers.openai.com/api/docs/api-reference/batch, platform.claude.com/docs/en/api/creating-message-batches), not
 * recorded.
 */
export interface FakeBatch {
  readonly id: string;
  readonly createdAt: number;
  readonly metadata: JsonObject;
  readonly inputFile: string;
  readonly endpoint: string;
  readonly entries: readonly {
    readonly customId: string;
    readonly path: string;
    readonly body: JsonObject;
  }[];
  status: 'running' | 'ended' | 'cancelled' | 'failed';
  /** Lines by custom id, once it ended. */
  readonly answers: Map<string, SimulatedAnswer>;
}

export interface FakeBatches {
  readonly list: readonly FakeBatch[];
  /** Names of files that are stored there. */
  readonly files: readonly string[];
  /** While true, batches go on running. */
  hold: boolean;
  /** Why the next batches fail as a whole; null when they do not. */
  failing: string | null;
  /** Custom ids, or parts of them, that are never begun. */
  dropped: readonly string[];
  /** Takes what is sent, but the connection breaks before its answer: for the next so many. */
  swallow: number;
  reset(): void;
}

interface State extends FakeBatches {
  list: FakeBatch[];
  readonly stored: Map<string, string>;
}

export function createFakeBatches(): FakeBatches {
  const state: State = {
    list: [],
    stored: new Map(),
    get files() {
      return [...state.stored.keys()];
    },
    hold: false,
    failing: null,
    dropped: [],
    swallow: 0,
    reset() {
      state.list = [];
      state.stored.clear();
      state.hold = false;
      state.failing = null;
      state.dropped = [];
      state.swallow = 0;
    },
  };
  return state;
}

export function batchEndpoints(
  api: ProviderApi,
  batches: FakeBatches,
  single: readonly Endpoint[],
): readonly Endpoint[] {
  const state = batches as State;
  if (api === 'openai') return [openAi(state, single)];
  return api === 'anthropic' ? [anthropic(state, single)] : [];
}

function openAi(state: State, single: readonly Endpoint[]): Endpoint {
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
      const batch: FakeBatch = {
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

function openAiBatch(state: State, batch: FakeBatch): JsonObject {
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

function anthropic(state: State, single: readonly Endpoint[]): Endpoint {
  return (request, world) => {
    const [path, id, part] =
      /^\/v1\/messages\/batches(?:\/([^/]+))?(?:\/(results|cancel))?$/.exec(request.path) ?? [];
    if (path === undefined) return null;
    if (request.method === 'POST' && id === undefined) {
      const requests = bodyOf(request)['requests'] as unknown as { custom_id: string; params: JsonObject }[];
      const batch: FakeBatch = {
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

function anthropicBatch(batch: FakeBatch): JsonObject {
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

function anthropicLine({ answers, status }: FakeBatch, customId: string): Json {
  const answered = answers.get(customId);
  if (!answered)
    return { custom_id: customId, result: { type: status === 'cancelled' ? 'canceled' : 'expired' } };
  const body = JSON.parse(answered.chunks.join('')) as Json;
  return {
    custom_id: customId,
    result: answered.status === 200 ? { type: 'succeeded', message: body } : { type: 'errored', error: body },
  };
}

/** A running batch is done the next time that it is looked at. */
function advance(
  state: State,
  batch: FakeBatch,
  single: readonly Endpoint[],
  { headers }: SimulatedRequest,
  world: SimulatedWorld,
): void {
  if (state.hold || batch.status !== 'running') return;
  for (const { customId, path, body } of batch.entries) {
    if (state.dropped.some((text) => customId.includes(text))) continue;
    const asked = {
      method: 'POST',
      path,
      query: new URLSearchParams(),
      body: Buffer.from(JSON.stringify(body)),
    };
    const json = { ...headers, 'content-type': 'application/json' };
    batch.answers.set(customId, answer(single, { ...asked, headers: json }, world));
  }
  batch.status = 'ended';
}

function bodyOf({ body }: SimulatedRequest): JsonObject {
  return JSON.parse(Buffer.from(body).toString('utf8')) as JsonObject;
}

function fileIn({ body, headers }: SimulatedRequest): string {
  const boundary = /boundary=(.+)$/.exec(headers['content-type'] ?? '')?.[1] ?? '';
  const part = Buffer.from(body)
    .toString('utf8')
    .split(`--${boundary}`)
    .find((text) => text.includes('name="file"'));
  return part?.slice(part.indexOf('\r\n\r\n') + 4, -2) ?? '';
}

function swallowed(state: State): boolean {
  if (state.swallow === 0) return false;
  state.swallow -= 1;
  return true;
}

/** As if the connection had broken: an answer that no client can use, after the work was taken. */
function broken(): SimulatedAnswer {
  return { status: 502, headers: { 'content-type': 'text/plain' }, chunks: ['broken'] };
}

function notFound(): SimulatedAnswer {
  return json({ error: { type: 'not_found_error', message: 'No such thing.' } }, 404);
}
