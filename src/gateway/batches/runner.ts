import { uuidv7 } from '../../core/ids.ts';
import { isCallError } from '../../core/errors.ts';
import type { BatchDeps } from './batch-deps.ts';
import { Bell } from './bell.ts';
import { runBatch, type Slots } from './run-batch.ts';

/** Most batches that one gateway has in hand; most of them wait for a provider. */
const MOST_BATCHES = 100;
const LOOK_MS = 2_000;
const PURGE_MS = 3_600_000;

/** Takes up batches that nobody runs, and runs them. Of several gateways, one has a batch at a time. */
export class BatchRunner {
  readonly #deps: BatchDeps;
  readonly #owner: string;
  readonly #leaseMs: number;
  readonly #slots: Slots;
  readonly #running = new Map<
    string,
    { readonly abort: AbortController; readonly bell: Bell; readonly work: Promise<void> }
  >();
  readonly #timers: readonly NodeJS.Timeout[];
  #looking: Promise<void> | null = null;
  #lookAgain = false;
  #stopped = false;

  constructor(deps: BatchDeps) {
    const { leaseMs } = deps.settings().batch;
    this.#deps = deps;
    this.#owner = uuidv7(deps.clock.now());
    this.#leaseMs = leaseMs;
    this.#slots = slotsOf(() => deps.settings().batch.concurrency);
    const purge = (): void => void deps.store.purge(deps.clock.now()).catch(() => undefined);
    this.#timers = [
      setInterval(() => this.look(), Math.min(LOOK_MS, leaseMs / 2)),
      setInterval(() => void this.#renew(), leaseMs / 3),
      setInterval(purge, PURGE_MS),
    ].map((timer) => timer.unref());
    this.look();
  }

  /** Looks for batches to run, now. */
  look(): void {
    if (this.#stopped) return;
    this.#lookAgain = true;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
  }

  /** Looks at a batch that is running, now. */
  wake(id: string): void {
    this.#running.get(id)?.bell.ring();
  }

  /** Begins nothing new, and gives back what runs. Calls under way are the background's to end. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    await this.#looking;
    for (const { abort, bell } of this.#running.values()) {
      abort.abort();
      bell.ring();
    }
    await Promise.allSettled([...this.#running.values()].map(({ work }) => work));
  }

  async #look(): Promise<void> {
    const { settings, store, log } = this.#deps;
    try {
      while (this.#lookAgain && !this.#stopped) {
        this.#lookAgain = false;
        while (settings().batch.enabled && !this.#stopped && this.#running.size < MOST_BATCHES) {
          const batch = await store.lease(this.#owner, this.#leaseMs);
          if (!batch) break;
          if (!this.#running.has(batch.id)) this.#begin(batch);
        }
      }
    } catch (error) {
      if (!isCallError(error)) log.warn('Batches could not be looked for', { error: traceOf(error) });
    }
  }

  #begin(batch: Parameters<typeof runBatch>[1]['batch']): void {
    const { log, store } = this.#deps;
    const abort = new AbortController();
    const bell = new Bell();
    const work = runBatch(this.#deps, { batch, owner: this.#owner, signal: abort.signal }, bell, this.#slots)
      .catch((error: unknown) => {
        if (!abort.signal.aborted)
          log.error('A batch stopped; it is taken up again', { batch: batch.id, error: traceOf(error) });
      })
      .then(() => store.release(batch.id, this.#owner))
      .catch(() => undefined)
      .finally(() => this.#running.delete(batch.id));
    this.#running.set(batch.id, { abort, bell, work });
  }

  /** A batch whose lease could not be kept is somebody else's. */
  async #renew(): Promise<void> {
    if (this.#running.size === 0) return;
    try {
      const before = [...this.#running];
      const kept = new Set(await this.#deps.store.renew(this.#owner, this.#leaseMs));
      for (const [id, { abort, bell }] of before) {
        if (kept.has(id)) continue;
        abort.abort();
        bell.ring();
      }
    } catch (error) {
      this.#deps.log.warn('The leases of batches could not be renewed', { error: traceOf(error) });
    }
  }
}

function slotsOf(most: () => number): Slots {
  let taken = 0;
  const waiting = new Set<Bell>();
  return {
    get free() {
      return most() - taken;
    },
    take: () => {
      taken += 1;
    },
    give: () => {
      taken -= 1;
      for (const bell of waiting) {
        waiting.delete(bell);
        bell.ring();
        break;
      }
    },
    await: (bell) => void waiting.add(bell),
  };
}

function traceOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
