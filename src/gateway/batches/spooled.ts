import type { ItemResult, WaitingItem } from '../../core/batch.ts';
import type { Call } from '../../core/call.ts';
import { asCallError, type CallError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Part } from '../../core/part.ts';
import type { Handler } from '../../core/ports.ts';
import { answeredLine, itemCallId, retryPause } from '../../policy/batch/index.ts';
import { Meter } from '../meter.ts';
import { formatWhole } from '../writer.ts';
import type { BatchDeps, HeldBatch } from './batch-deps.ts';
import { endpointOf, itemCall } from './item-call.ts';

const FULL_PAUSE_MS = 5_000;

/**
 * Calls one line of a batch through the pipeline. Its row in the ledger has an id made of batch, line and try: a line
 * whose process died is called again under the same id, so that it is in the ledger once.
 */
export async function callItem(deps: BatchDeps, held: HeldBatch, item: WaitingItem): Promise<void> {
  const { clock, random, settings, store } = deps;
  const { batch, owner } = held;
  const startedAt = item.startedAt ?? clock.now();
  if (!(await store.run(batch.id, owner, item.line, startedAt))) return;
  const tried = await attempt(deps, held, item, startedAt);
  switch (tried.kind) {
    case 'answered':
      await store.finishItems(batch.id, [answered(held, item, tried.id, tried.body)]);
      return;
    case 'failed': {
      const pause = retryPause(tried.error, item.attempt, settings().batch.attempts, random());
      if (pause === null) await store.finishItems(batch.id, [refused(held, item, tried.id, tried.error)]);
      else await store.retry(batch.id, owner, item.line, clock.now() + pause);
      return;
    }
    case 'interrupted':
      // Its row is written: the next try is another.
      await store.retry(batch.id, owner, item.line, clock.now());
      return;
    case 'not-begun':
      // When the gateway shuts down, it waits again once the batch is taken up.
      if (!held.signal.aborted) await store.retry(batch.id, owner, item.line, clock.now() + FULL_PAUSE_MS);
      return;
  }
}

type Tried =
  | { readonly kind: 'answered'; readonly id: string; readonly body: Json }
  | { readonly kind: 'failed'; readonly id: string; readonly error: CallError }
  | { readonly kind: 'interrupted' | 'not-begun' };

async function attempt(
  deps: BatchDeps,
  { batch, signal }: HeldBatch,
  item: WaitingItem,
  receivedAt: number,
): Promise<Tried> {
  const { background, handler } = deps;
  const id = itemCallId(batch.id, item.line, item.attempt, receivedAt);
  const parts: Part[] = [];
  let begun = false;
  let asked: Call | null = null;
  const next: Handler = (call) => {
    begun = true;
    // Whole answers are kept as the provider wrote them.
    return noted(handler({ ...call, typed: false }), parts);
  };
  try {
    asked = itemCall(deps, batch, item.request, { id, receivedAt, signal });
  } catch (error) {
    return { kind: 'failed', id, error: asCallError(error) };
  }
  try {
    await background.run({ call: asked, purpose: 'batch', id, receivedAt, next });
    return { kind: 'answered', id, body: bodyOf(asked, parts, batch.endpoint) };
  } catch (thrown) {
    if (!begun) return { kind: 'not-begun' };
    const error = asCallError(thrown);
    return signal.aborted || error.code === 'client_aborted'
      ? { kind: 'interrupted' }
      : { kind: 'failed', id, error };
  }
}

async function* noted(answer: AsyncIterable<Part>, parts: Part[]): AsyncGenerator<Part> {
  for await (const part of answer) {
    parts.push(part);
    yield part;
  }
}

function bodyOf(call: Call, parts: readonly Part[], endpoint: string): Json {
  const chunks = parts.flatMap((part) => (part.type === 'wire' ? part.chunks : []));
  if (chunks.length > 0) return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Json;
  return formatWhole(endpointOf(endpoint).dialect, call, parts, {
    callId: call.id,
    requestedModel: call.requestedModel,
    createdAt: call.receivedAt,
    body: call.body ?? {},
    framing: 'sse',
  });
}

export function answered({ batch }: HeldBatch, item: ItemNamed, callId: string, body: Json): ItemResult {
  const name = { batchId: batch.id, line: item.line, customId: item.customId };
  return {
    line: item.line,
    ok: true,
    result: answeredLine(name, { status: 200, requestId: callId, body }),
  };
}

export function refused({ batch }: HeldBatch, item: ItemNamed, callId: string, error: CallError): ItemResult {
  const name = { batchId: batch.id, line: item.line, customId: item.customId };
  const body: JsonObject = endpointOf(batch.endpoint).dialect.formatError(error);
  const status = error.wire?.status ?? error.status;
  return { line: item.line, ok: false, result: answeredLine(name, { status, requestId: callId, body }) };
}

export type ItemNamed = Pick<WaitingItem, 'line' | 'customId'>;

/** Writes the row of a call that could not even be made. */
export async function settleRefused(deps: BatchDeps, call: Call, error: CallError): Promise<void> {
  const meter = new Meter(deps.clock, deps.clock.ticks(), 0);
  await deps.settle(call, meter, { error, clientLeft: false });
}
