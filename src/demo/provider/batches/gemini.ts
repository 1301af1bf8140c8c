import type { Json, JsonObject } from '../../../core/json.ts';
import { type Endpoint, json, type SimulatedAnswer } from '../wire.ts';
import {
  advance,
  type BatchState,
  bodyOf,
  broken,
  notFound,
  type SimulatedBatch,
  swallowed,
} from './state.ts';

const PATH = /^\/v1beta\/(?:models\/([^/:]+):batchGenerateContent|batches(?:\/([^/:]+)(:cancel)?)?)$/;

/** Operations of long running batches, whose answers come within them. */
export function geminiBatches(state: BatchState, single: readonly Endpoint[]): Endpoint {
  return (request, world) => {
    const [path, model, id, cancel] = PATH.exec(request.path) ?? [];
    if (path === undefined) return null;
    if (model !== undefined) {
      const { batch: asked } = bodyOf(request) as unknown as { batch: Asked };
      const batch: SimulatedBatch = {
        id: world.id(20).toLowerCase(),
        createdAt: world.now(),
        metadata: { displayName: asked.displayName, model: `models/${model}` },
        inputFile: '',
        endpoint: request.path,
        entries: asked.inputConfig.requests.requests.map(({ request: body, metadata }) => ({
          customId: metadata.key,
          path: `/v1beta/models/${model}:generateContent`,
          body,
        })),
        status: state.failing === null ? 'running' : 'failed',
        answers: new Map(),
      };
      state.list.unshift(batch);
      return swallowed(state) ? broken() : json(operation(state, batch));
    }
    if (id === undefined) return json({ operations: state.list.map((each) => operation(state, each)) });
    const batch = state.list.find((each) => each.id === id);
    if (!batch) return notFound();
    if (request.method === 'DELETE') {
      state.list = state.list.filter((each) => each !== batch);
      return json({});
    }
    if (cancel !== undefined) {
      if (batch.status === 'running') batch.status = 'cancelled';
      return json({});
    }
    advance(state, batch, single, request, world);
    return json(operation(state, batch));
  };
}

interface Asked {
  readonly displayName: string;
  readonly inputConfig: {
    readonly requests: {
      readonly requests: readonly {
        readonly request: JsonObject;
        readonly metadata: { readonly key: string };
      }[];
    };
  };
}

const STATE = { running: 'RUNNING', ended: 'SUCCEEDED', cancelled: 'CANCELLED', failed: 'FAILED' } as const;

function operation(state: BatchState, batch: SimulatedBatch): JsonObject {
  const { id, status, entries, answers } = batch;
  const name = `batches/${id}`;
  return {
    name,
    metadata: {
      '@type': 'type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch',
      ...batch.metadata,
      name,
      createTime: new Date(batch.createdAt).toISOString(),
      batchStats: { requestCount: String(entries.length) },
      state: `BATCH_STATE_${STATE[status]}`,
    },
    ...(status !== 'running' && { done: true }),
    ...(status === 'failed' && { error: { code: 9, message: state.failing } }),
    ...(status === 'ended' && {
      response: {
        '@type': 'type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch',
        inlinedResponses: {
          inlinedResponses: entries.map(({ customId }) => ({
            ...answered(answers.get(customId)),
            metadata: { key: customId },
          })),
        },
      },
    }),
  };
}

function answered(answer: SimulatedAnswer | undefined): JsonObject {
  if (!answer) return { error: { code: 1, message: 'The request was not begun in time.' } };
  const body = JSON.parse(answer.chunks.join('')) as Json;
  return answer.status === 200 ? { response: body } : { error: { code: 3, message: messageIn(body) } };
}

function messageIn(body: Json): string {
  const { error } = body as { readonly error?: { readonly message?: string } };
  return error?.message ?? '';
}
