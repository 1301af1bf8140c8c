import type { ItemResult, Submission, WaitingItem } from '../../core/batch.ts';
import type { Call } from '../../core/call.ts';
import type { Dialect } from '../../core/dialect.ts';
import { asCallError, CallError, isCallError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Part } from '../../core/part.ts';
import type { Target } from '../../core/target.ts';
import { NO_USAGE } from '../../core/usage.ts';
import {
  CANCELLED,
  itemCallId,
  lineOf,
  newSubmissionId,
  pollPause,
  remoteCustomId,
  unansweredLine,
} from '../../policy/batch/index.ts';
import {
  type BatchApi,
  type BatchEntry,
  type BatchHttp,
  batchWording,
  type RemoteBatch,
  type RemoteResult,
} from '../../upstream/batch/index.ts';
import { providerKind } from '../../upstream/index.ts';
import { Meter } from '../meter.ts';
import { type BatchDeps, type HeldBatch, RESULTS_AT_ONCE } from './batch-deps.ts';
import { endpointOf, itemCall } from './item-call.ts';
import { remoteHttp } from './remote-http.ts';
import { answered, refused, settleRefused } from './spooled.ts';

const NO_ANSWER = {
  code: 'batch_failed',
  message: 'The provider gave no answer to this call of the batch.',
} as const;

/** Answers to which nothing was begun, whatever was sent. */
const REFUSALS: ReadonlySet<number> = new Set([400, 402, 403, 404, 405, 413, 422]);

/** Who takes the calls of a batch to this target as a batch of its own; null where nobody does. */
export function batchApiOf(deps: BatchDeps, { provider }: Target, endpoint: string): BatchApi | null {
  const { batch, providers } = deps.settings();
  const settings = providers[provider];
  if (!batch.providers || !settings || settings.gpu) return null;
  const api = providerKind(settings.kind)?.batches ?? null;
  return api?.operations.includes(endpointOf(endpoint).route.operation) ? api : null;
}

/** Gives the waiting items of one model to a provider. That they may have been sent is noted before they are. */
export async function submit(deps: BatchDeps, held: HeldBatch, model: string, target: Target): Promise<void> {
  const { clock, store } = deps;
  const { batch } = held;
  const now = clock.now();
  const given = {
    id: newSubmissionId(now),
    batchId: batch.id,
    provider: target.provider,
    model,
    intendedAt: now,
    pollAt: now,
  };
  const count = await store.intend(given);
  if (count === 0) await store.closeSubmission(given.id);
  else await send(deps, held, { ...given, state: 'intended', remoteId: null, polls: 0 }, target);
}

/** Looks how a submission stands, and takes its results once they are there. */
export async function attend(
  deps: BatchDeps,
  held: HeldBatch,
  submission: Submission,
  target: Target | null,
  leaving: boolean,
): Promise<void> {
  const { clock, log, settings, store } = deps;
  const again = (): Promise<void> =>
    store.polled(submission.id, clock.now() + pollPause(settings().batch, submission.polls + 1));
  const api = target && batchApiOf(deps, target, held.batch.endpoint);
  if (!target || !api) {
    log.warn('A batch was given to a provider that is not configured any more', {
      batch: held.batch.id,
      provider: submission.provider,
    });
    return await again();
  }
  const http = remoteHttp(deps, submission.provider, held.signal);
  try {
    if (submission.remoteId === null)
      return await find(deps, held, submission, target, { api, http, leaving, again });
    if (leaving) await api.cancel(http, submission.remoteId).catch(() => undefined);
    const remote = await api.status(http, submission.remoteId);
    if (remote.state === 'running') return await again();
    if (remote.state === 'failed') return await giveBack(deps, held, submission, remote.why);
    await collect(deps, held, submission, target, api.results(http, remote));
    await api.forget(http, remote).catch((error: unknown) => {
      log.warn('What a provider stored for a batch could not be deleted', { batch: held.batch.id, error });
    });
  } catch (error) {
    if (!isCallError(error)) throw error;
    log.warn('A provider’s batch could not be looked at', {
      batch: held.batch.id,
      provider: submission.provider,
      error: error.message,
    });
    await again();
  }
}

/** Of a call that the provider refused in its batch: billed nothing, in its tier for batches. */
const NOTHING_USED: readonly Part[] = [
  { type: 'usage', usage: NO_USAGE, source: 'provider', serviceTier: 'batch' },
  { type: 'finish', reason: 'other' },
];

interface Finding {
  readonly api: BatchApi;
  readonly http: BatchHttp;
  readonly leaving: boolean;
  readonly again: () => Promise<void>;
}

/** What was perhaps sent is looked for at the provider, and only sent anew when it is not there. */
async function find(
  deps: BatchDeps,
  held: HeldBatch,
  submission: Submission,
  target: Target,
  { api, http, leaving, again }: Finding,
): Promise<void> {
  const { clock, store } = deps;
  const items = await store.submissionItems(submission.id);
  const known = new Set(await store.remoteIds(submission.provider));
  let perhaps = false;
  for (const { batch, certain } of await api.find(http, submission.id, items.length, submission.intendedAt)) {
    if (known.has(batch.id)) continue;
    if (certain || (batch.state === 'ended' && (await isOurs(api, http, batch, submission))))
      return await store.sent(submission.id, batch.id, clock.now());
    perhaps ||= batch.state === 'running';
  }
  if (perhaps || clock.now() - submission.intendedAt < deps.settings().batch.resendAfterMs)
    return await again();
  if (leaving) return await store.spool(held.batch.id, { submission: submission.id });
  await send(deps, held, submission, target);
}

async function isOurs(
  api: BatchApi,
  http: BatchHttp,
  batch: RemoteBatch,
  submission: Submission,
): Promise<boolean> {
  for await (const { customId } of api.results(http, batch)) return lineOf(submission.id, customId) !== null;
  return false;
}

async function send(deps: BatchDeps, held: HeldBatch, submission: Submission, target: Target): Promise<void> {
  const { clock, log, settings, store } = deps;
  const api = batchApiOf(deps, target, held.batch.endpoint);
  if (!api) return await giveBack(deps, held, submission, 'its provider takes no batches');
  const { entries, endpoint, wrong } = await entriesOf(deps, held, submission, target);
  await store.finishItems(held.batch.id, wrong);
  if (entries.length === 0) return await store.closeSubmission(submission.id);
  if (entries.length > api.mostEntries)
    return await giveBack(deps, held, submission, `a batch there holds at most ${api.mostEntries} calls`);
  if (api.mostBytes !== undefined && bytesOf(entries) > api.mostBytes)
    return await giveBack(deps, held, submission, `a batch there holds at most ${api.mostBytes} bytes`);
  const http = remoteHttp(deps, submission.provider, held.signal);
  try {
    const remoteId = await api.submit(http, { mark: submission.id, endpoint, entries });
    await store.sent(submission.id, remoteId, clock.now() + pollPause(settings().batch, 0));
  } catch (error) {
    if (!isCallError(error)) throw error;
    const status = error.wire?.status ?? 0;
    if (REFUSALS.has(status)) return await giveBack(deps, held, submission, error.message);
    log.warn('A batch could not be given to its provider; it is looked for there, and tried again', {
      batch: held.batch.id,
      provider: submission.provider,
      error: error.message,
    });
    await store.polled(submission.id, clock.now() + pollPause(settings().batch, submission.polls));
  }
}

function bytesOf(entries: readonly BatchEntry[]): number {
  return entries.reduce((sum, { body }) => sum + Buffer.byteLength(JSON.stringify(body)), 0);
}

/** The gateway calls them itself, at the usual price. */
async function giveBack(
  deps: BatchDeps,
  held: HeldBatch,
  { id, provider }: Submission,
  why: string,
): Promise<void> {
  deps.log.warn('A provider did not take a batch; its calls are made one by one at the usual price', {
    batch: held.batch.id,
    provider,
    why: why.slice(0, 500),
  });
  await deps.store.spool(held.batch.id, { submission: id });
}

async function entriesOf(
  deps: BatchDeps,
  held: HeldBatch,
  submission: Submission,
  target: Target,
): Promise<{ entries: BatchEntry[]; endpoint: string; wrong: ItemResult[] }> {
  const entries: BatchEntry[] = [];
  const wrong: ItemResult[] = [];
  let endpoint = '';
  const dialects = deps.upstreams().get(target.provider)?.dialects ?? [];
  for (const [index, item] of (await deps.store.submissionItems(submission.id)).entries()) {
    // Thousands of calls are read here: others have their turn in between.
    if (index % RESULTS_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
    const id = callIdOf(held, item, submission);
    let call: Call | null = null;
    try {
      call = remoteCall(deps, held, item, submission);
      const reserved = await deps.reserve({ ...call, target });
      const wording = batchWording(dialects, reserved, target.model);
      if (!wording) throw new CallError('unsupported', `${target.provider} has no such endpoint.`);
      endpoint = wording.endpoint;
      entries.push({ customId: remoteCustomId(submission.id, item.line), body: wording.body });
    } catch (thrown) {
      const error = asCallError(thrown);
      if (call) await settleRefused(deps, call, error);
      wrong.push(refused(held, item, id, error));
    }
  }
  return { entries, endpoint, wrong };
}

function callIdOf({ batch }: HeldBatch, { line, attempt }: WaitingItem, { intendedAt }: Submission): string {
  return itemCallId(batch.id, line, attempt, intendedAt);
}

function remoteCall(deps: BatchDeps, held: HeldBatch, item: WaitingItem, submission: Submission): Call {
  return itemCall(deps, held.batch, item.request, {
    id: callIdOf(held, item, submission),
    receivedAt: submission.intendedAt,
    signal: held.signal,
  });
}

async function collect(
  deps: BatchDeps,
  held: HeldBatch,
  submission: Submission,
  target: Target,
  results: AsyncIterable<RemoteResult>,
): Promise<void> {
  const { clock, ledger, store } = deps;
  const left = new Map((await store.submissionItems(submission.id)).map((item) => [item.line, item]));
  let done: ItemResult[] = [];
  const keep = async (): Promise<void> => {
    await store.finishItems(held.batch.id, done);
    done = [];
  };
  for await (const result of results) {
    const line = lineOf(submission.id, result.customId);
    const item = line === null ? undefined : left.get(line);
    if (!item) continue;
    left.delete(item.line);
    // A ledger that is full must not lose what was paid.
    while (ledger.refusal() !== null) await clock.sleep(1000, held.signal);
    done.push(await settled(deps, held, submission, target, item, result));
    if (done.length >= RESULTS_AT_ONCE) await keep();
  }
  for (const item of left.values())
    done.push(
      await settled(deps, held, submission, target, item, {
        kind: 'dropped',
        customId: '',
        ...(held.batch.status === 'cancelling' ? CANCELLED : NO_ANSWER),
      }),
    );
  await keep();
  await store.closeSubmission(submission.id);
}

/** Writes the row of one result; one that was written before is written under the same id, and counts once. */
async function settled(
  deps: BatchDeps,
  held: HeldBatch,
  submission: Submission,
  target: Target,
  item: WaitingItem,
  result: RemoteResult,
): Promise<ItemResult> {
  const { clock, settle, upstreams } = deps;
  const call = remoteCall(deps, held, item, submission);
  const meter = new Meter(clock, clock.ticks(), 0);
  const id = call.id;
  meter.observe({ type: 'head', status: 200, headers: {}, target, warnings: [] });
  if (result.kind !== 'answered') for (const part of NOTHING_USED) meter.observe(part);
  if (result.kind === 'dropped') {
    const { code, message } = result;
    await settle(call, meter, { error: new CallError('upstream_error', message), clientLeft: false });
    const name = { batchId: held.batch.id, line: item.line, customId: item.customId };
    return { line: item.line, ok: false, result: unansweredLine(name, { code, message }) };
  }
  const wording = batchWording(upstreams().get(target.provider)?.dialects ?? [], call, target.model);
  const { dialect: own } = endpointOf(held.batch.endpoint);
  const dialect = wording?.dialect ?? own;
  if (result.kind === 'refused') {
    const error = dialect.parseError(result.status, JSON.stringify(result.body));
    await settle(call, meter, { error, clientLeft: false });
    return refused(held, item, id, error);
  }
  call.trail.decide({
    stage: 'batch',
    action: 'sent',
    why: `${target.provider} answers batches within a day at its price for batches`,
    details: { submission: submission.id },
    instead: { serviceTier: 'default' },
  });
  for (const part of meteredParts(dialect, call, result.body))
    meter.observe(part.type === 'usage' ? { ...part, serviceTier: 'batch' } : part);
  const told = toldBody(dialect, own, call, result.body);
  await settle(call, meter, { error: told.error, clientLeft: false });
  return told.error ? refused(held, item, id, told.error) : answered(held, item, id, told.body);
}

function meteredParts(dialect: Dialect, { operation }: Call, body: JsonObject) {
  if (operation === 'embed')
    return [...(dialect.embed?.meterResponse(body) ?? []), { type: 'finish', reason: 'stop' } as const];
  return dialect.generate?.meterResponse(body) ?? [];
}

/** The answer in the words of the batch's endpoint. */
function toldBody(
  dialect: Dialect,
  own: Dialect,
  call: Call,
  body: JsonObject,
): { readonly body: Json; readonly error: null } | { readonly body: null; readonly error: CallError } {
  if (dialect === own) return { body, error: null };
  const context = {
    callId: call.id,
    requestedModel: call.requestedModel,
    createdAt: call.receivedAt,
    body: call.body ?? {},
    framing: 'sse',
  } as const;
  try {
    if (call.operation === 'embed' && dialect.embed && own.embed)
      return { body: own.embed.formatResponse(dialect.embed.parseResponse(body), context), error: null };
    if (dialect.generate && own.generate)
      return {
        body: own.generate.formatResponse(dialect.generate.parseResponse(body), context),
        error: null,
      };
  } catch (error) {
    return { body: null, error: asCallError(error) };
  }
  return {
    body: null,
    error: new CallError('upstream_garbage', 'The answer cannot be told in this dialect.'),
  };
}
