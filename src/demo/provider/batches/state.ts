import type { JsonObject } from '../../../core/json.ts';
import { answer } from '../api.ts';
import {
  type Endpoint,
  json,
  type SimulatedAnswer,
  type SimulatedRequest,
  type SimulatedWorld,
} from '../wire.ts';

/**
 * The batch APIs of providers as they serve them. Synthetic: written from their published references
 * (developers.openai.com/api/docs/api-reference/batch, platform.claude.com/docs/en/api/creating-message-batches,
 * ai.google.dev/api/batch-api), not recorded.
 */
export interface SimulatedBatch {
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

export interface SimulatedBatches {
  readonly list: readonly SimulatedBatch[];
  /** Names of files that are stored there. */
  readonly files: readonly string[];
  /** While true, batches go on running. */
  hold: boolean;
  /** How long a batch takes at least, in milliseconds; 0: until it is looked at again. */
  takesMs: number;
  /** Why the next batches fail as a whole; null when they do not. */
  failing: string | null;
  /** Custom ids, or parts of them, that are never begun. */
  dropped: readonly string[];
  /** Takes what is sent, but the connection breaks before its answer: for the next so many. */
  swallow: number;
  reset(): void;
}

export interface BatchState extends SimulatedBatches {
  list: SimulatedBatch[];
  readonly stored: Map<string, string>;
}

/** @param takesMs how long a batch takes at least */
export function createSimulatedBatches(takesMs = 0): SimulatedBatches {
  const state: BatchState = {
    list: [],
    stored: new Map(),
    get files() {
      return [...state.stored.keys()];
    },
    hold: false,
    takesMs,
    failing: null,
    dropped: [],
    swallow: 0,
    reset() {
      state.list = [];
      state.stored.clear();
      state.hold = false;
      state.takesMs = takesMs;
      state.failing = null;
      state.dropped = [];
      state.swallow = 0;
    },
  };
  return state;
}

/** A running batch is done the next time that it is looked at. */
export function advance(
  state: BatchState,
  batch: SimulatedBatch,
  single: readonly Endpoint[],
  { headers }: SimulatedRequest,
  world: SimulatedWorld,
): void {
  if (state.hold || batch.status !== 'running' || world.now() - batch.createdAt < state.takesMs) return;
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

export function bodyOf({ body }: SimulatedRequest): JsonObject {
  return JSON.parse(Buffer.from(body).toString('utf8')) as JsonObject;
}

export function swallowed(state: BatchState): boolean {
  if (state.swallow === 0) return false;
  state.swallow -= 1;
  return true;
}

/** As if the connection had broken: an answer that no client can use, after the work was taken. */
export function broken(): SimulatedAnswer {
  return { status: 502, headers: { 'content-type': 'text/plain' }, chunks: ['broken'] };
}

export function notFound(): SimulatedAnswer {
  return json({ error: { type: 'not_found_error', message: 'No such thing.' } }, 404);
}
