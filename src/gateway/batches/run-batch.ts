import type { Batch, ItemResult, Submission } from '../../core/batch.ts';
import { asCallError, isCallError } from '../../core/errors.ts';
import type { Target } from '../../core/target.ts';
import { CANCELLED, EXPIRED, isOpenAt, opensAt, unansweredLine } from '../../policy/batch/index.ts';
import { resolve } from '../../policy/route/resolve.ts';
import { catalog } from '../call-pipeline.ts';
import type { BatchDeps, HeldBatch } from './batch-deps.ts';
import type { Bell } from './bell.ts';
import { attend, batchApiOf, submit } from './remote.ts';
import { callItem } from './spooled.ts';
import { validate } from './validate.ts';

/** Other gateways cancel too: how long nobody looks at the batch at most. */
const LONGEST_PAUSE_MS = 5_000;
const UNFINISHED_AT_ONCE = 500;
/** How long a provider is given to end what it was too slow for or was told to stop. */
const LEAVE_MS = 6 * 3_600_000;

/** Counts the calls that batches make at once. */
export interface Slots {
  readonly free: number;
  take(): void;
  give(): void;
  /** Rings once for one that is given, first come first served. */
  await(bell: Bell): void;
}

/** Brings a batch to its end, or as far as this gateway holds it. */
export async function runBatch(deps: BatchDeps, held: HeldBatch, bell: Bell, slots: Slots): Promise<void> {
  const { clock, settings, store } = deps;
  const { owner, signal } = held;
  const { id } = held.batch;
  const calling = new Map<number, Promise<void>>();
  if (held.batch.status === 'validating' && !(await validate(deps, held.batch))) return;
  await store.resume(id);
  // Whom each call is for is decided once: what is decided never waits undecided again.
  let assigned = false;
  try {
    for (;;) {
      if (signal.aborted) return;
      const batch = await store.held(id, owner);
      if (!batch) return;
      const now = clock.now();
      const leaving = leavingOf(batch, now);
      if (leaving) await leave(deps, batch, leaving);
      else if (!assigned) await assign(deps, { ...held, batch });
      assigned = true;
      const pollAt = await attendAll(deps, { ...held, batch }, leaving !== null);
      const nextAt = leaving ? null : await call(deps, { ...held, batch }, calling, bell, slots);
      if (calling.size === 0 && !(await store.open(id))) {
        const status = leaving === CANCELLED ? 'cancelled' : leaving === EXPIRED ? 'expired' : 'completed';
        return await store.end(id, status, clock.now(), clock.now() + settings().batch.retentionMs);
      }
      const times = [pollAt, nextAt, now + LONGEST_PAUSE_MS].filter((at) => at !== null);
      await bell.wait(Math.max(Math.min(...times) - clock.now(), 1));
    }
  } finally {
    await Promise.allSettled(calling.values());
  }
}

function leavingOf(batch: Batch, now: number): typeof EXPIRED | typeof CANCELLED | null {
  if (batch.status === 'cancelling') return CANCELLED;
  return now >= batch.expiresAt ? EXPIRED : null;
}

/** What was not begun is answered as such. */
async function leave(
  { clock, store }: BatchDeps,
  batch: Batch,
  why: typeof EXPIRED | typeof CANCELLED,
): Promise<void> {
  for (;;) {
    const items = await store.unfinished(batch.id, UNFINISHED_AT_ONCE);
    if (items.length === 0) break;
    await store.finishItems(
      batch.id,
      items.map((item) => endedItem(batch.id, item, why)),
    );
  }
  const since = batch.cancellingAt ?? batch.expiresAt;
  if (clock.now() - since < LEAVE_MS) return;
  for (const { id } of await store.submissions(batch.id)) await store.spool(batch.id, { submission: id });
}

function endedItem(
  batchId: string,
  { line, customId }: { readonly line: number; readonly customId: string },
  why: typeof EXPIRED | typeof CANCELLED,
): ItemResult {
  return { line, ok: false, result: unansweredLine({ batchId, line, customId }, why) };
}

/** Decides for each model whether its provider takes the calls as a batch, or the gateway makes them. */
async function assign(deps: BatchDeps, held: HeldBatch): Promise<void> {
  const { batch } = held;
  for (const { model } of await deps.store.waitingModels(batch.id)) {
    const target = firstTarget(deps, model);
    if (target && batchApiOf(deps, target, batch.endpoint)) await submit(deps, held, model, target);
    else await deps.store.spool(batch.id, { model });
  }
}

/** Null for a name that nobody answers to: the pipeline says why. */
function firstTarget(deps: BatchDeps, model: string): Target | null {
  try {
    return resolve(model, deps.settings(), catalog).targets[0] ?? null;
  } catch {
    return null;
  }
}

/** @returns when a provider is to be asked next */
async function attendAll(deps: BatchDeps, held: HeldBatch, leaving: boolean): Promise<number | null> {
  const { clock, store } = deps;
  const { id } = held.batch;
  for (const submission of await store.submissions(id))
    if (submission.pollAt <= clock.now() || (leaving && submission.polls === 0))
      await attend(deps, held, submission, targetOf(deps, submission), leaving);
  const times = (await store.submissions(id)).map(({ pollAt }) => pollAt);
  return times.length === 0 ? null : Math.min(...times);
}

/** Aliases may have changed since: the provider is the one that has the calls. */
function targetOf(deps: BatchDeps, { provider, model }: Submission): Target | null {
  const { models, providers } = deps.settings();
  if (!Object.hasOwn(providers, provider)) return null;
  const target = firstTarget(deps, model);
  if (target?.provider === provider) return target;
  const former = Object.hasOwn(models, model)
    ? models[model]?.targets.find((each) => each.provider === provider)
    : undefined;
  return former ?? { provider, model };
}

/** Begins as many calls as may run. @returns when the next may begin, where none may now */
async function call(
  deps: BatchDeps,
  held: HeldBatch,
  calling: Map<number, Promise<void>>,
  bell: Bell,
  slots: Slots,
): Promise<number | null> {
  const { clock, log, settings, store } = deps;
  const { timezone, windows } = settings().batch;
  const now = clock.now();
  if (!isOpenAt(windows, timezone, now)) return opensAt(windows, timezone, now);
  const { items, nextAt } = await store.waiting(held.batch.id, Math.max(slots.free, 1) + calling.size, now);
  for (const item of items) {
    if (calling.has(item.line)) continue;
    if (slots.free <= 0) {
      slots.await(bell);
      break;
    }
    slots.take();
    const work = callItem(deps, held, item)
      .catch((thrown: unknown) => {
        const error = isCallError(thrown) ? thrown : asCallError(thrown);
        log.error('A call of a batch could not be kept', {
          batch: held.batch.id,
          line: item.line,
          error: thrown,
          code: error.code,
        });
      })
      .finally(() => {
        calling.delete(item.line);
        slots.give();
        bell.ring();
      });
    calling.set(item.line, work);
  }
  return items.length > 0 ? null : nextAt;
}
