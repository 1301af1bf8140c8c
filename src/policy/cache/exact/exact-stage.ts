import type { AnswerLease, AnswerStore } from '../../../core/answer-store.ts';
import type { Call } from '../../../core/call.ts';
import { CallError } from '../../../core/errors.ts';
import { handover, type Reading } from '../../../core/handover.ts';
import type { Part } from '../../../core/part.ts';
import type { Clock, Handler, Log, Stage } from '../../../core/ports.ts';
import { type CacheControl, cacheControl } from './control.ts';
import { Flight } from './flight.ts';
import { answerForm, answerKey } from './key.ts';
import {
  decodeAnswer,
  encodeAnswer,
  headAgain,
  insteadOf,
  isWhole,
  partsFor,
  type ReadAnswer,
  type StoredAnswer,
} from './stored-answer.ts';
import { tenantOf } from './tenant.ts';
import { whyNot } from './why-not.ts';

/** How long looking up and storing took. */
export interface CacheTimes {
  looked(ms: number): void;
  stored(ms: number): void;
}

export interface ExactCacheDeps {
  readonly store: AnswerStore;
  readonly readAnswer: ReadAnswer;
  readonly statistics: CacheTimes;
  readonly clock: Clock;
  readonly log: Log;
}

const STAGE = 'cache';
const HEADER = 'x-illm-cache';
/** How often a process looks whether another has made the answer that it waits for. */
const LOOK_EVERY_MS = 25;

/** An answer under way and what must be known to join it. */
interface Joinable {
  readonly flight: Flight;
  readonly form: string;
  /** Kept to be read into another form once it is whole. */
  readonly whole: Promise<StoredAnswer | null>;
  /** Whether anybody was asked for it, so that its failure is everybody's. */
  readonly asked: () => boolean;
}

/**
 * Answers a call as an equal one was answered, for nothing; and lets equal calls that come at the same time share one
 * answer. Keys, tenants and forms: `key.ts`, `tenant.ts`, `stored-answer.ts`.
 */
export function exactCacheStage(deps: ExactCacheDeps): Stage {
  return (next) => {
    const cache = new ExactCache(deps, next);
    return function cachingExactly(call) {
      if (!call.plan.cache.exact.enabled) return next(call);
      if (call.operation !== 'generate' && call.operation !== 'embed') return next(call);
      return handover((reading) => cache.open(call, reading));
    };
  };
}

class ExactCache {
  readonly #deps: ExactCacheDeps;
  readonly #next: Handler;
  readonly #flights = new Map<string, Joinable>();

  constructor(deps: ExactCacheDeps, next: Handler) {
    this.#deps = deps;
    this.#next = next;
  }

  async open(call: Call, reading: Reading): Promise<readonly Part[]> {
    const control = cacheControl(call.wire.headers, call.plan.cache.exact);
    const tenant = tenantOf(call.caller, control.scope);
    const why = whyNot(call, control);
    if (why !== null || tenant === null) {
      const reason = why ?? `the call names no ${control.scope}`;
      call.trail.decide({ stage: STAGE, action: 'bypassed', why: sentence(reason) });
      call.trail.tell(HEADER, 'bypass');
      reading.from = this.#next(call)[Symbol.asyncIterator]();
      return [];
    }
    const startedAt = this.#deps.clock.ticks();
    const key = answerKey(call, tenant);
    const stored = control.maxAgeMs > 0 ? await this.#find(call, key, control.maxAgeMs, startedAt) : null;
    if (stored) {
      reading.from = replay(stored);
      return [];
    }
    const fresh = control.maxAgeMs === 0;
    for (;;) {
      const flying = fresh ? undefined : this.#flights.get(key);
      if (!flying || flying.flight.abandoned) break;
      const sameForm = flying.form === answerForm(call);
      const follower = sameForm ? this.#follow(call, flying) : this.#followInOtherForm(call, flying);
      try {
        const first = await follower.next();
        // Nothing at all: it cannot be read in this call's form.
        if (first.done) break;
        reading.from = follower;
        return [first.value];
      } catch (error) {
        // The other call failed by itself (its own limits, say): this one asks, or waits for the next that does.
        if (flying.asked() || reading.closed) throw error;
        if (this.#flights.get(key) === flying) this.#flights.delete(key);
      }
    }
    reading.from = this.#lead(call, key, control);
    return [];
  }

  async #find(call: Call, key: string, maxAgeMs: number, startedAt: number): Promise<readonly Part[] | null> {
    const { clock, readAnswer, store, statistics } = this.#deps;
    const bytes = await store.get(key);
    const answer = bytes && decodeAnswer(bytes);
    const lookupMs = clock.ticks() - startedAt;
    statistics.looked(lookupMs);
    if (!answer) return null;
    const ageMs = Math.max(0, clock.now() - answer.madeAt);
    if (ageMs > Math.min(maxAgeMs, call.plan.cache.exact.ttlMs)) return null;
    const parts = partsFor(answer, answerForm(call), readAnswer);
    if (!parts) return null;
    call.trail.decide({
      stage: STAGE,
      action: 'hit',
      why: `The same was answered ${Math.round(ageMs / 1000)} s ago.`,
      details: { key: key.slice(0, 16), ageMs, lookupMs: rounded(lookupMs) },
      ...insteadOf(parts),
    });
    call.trail.tell(HEADER, 'hit');
    call.trail.tell('x-illm-cache-age', String(Math.floor(ageMs / 1000)));
    return parts;
  }

  /** Makes the answer, for this call and for all that join it. */
  #lead(call: Call, key: string, control: CacheControl): AsyncIterableIterator<Part> {
    const { log } = this.#deps;
    const { maxEntryBytes } = call.plan.cache.exact;
    const form = answerForm(call);
    const abort = new AbortController();
    const attemptsBefore = call.trail.attempts;
    const making: Making = { lease: null, fromElsewhere: false };
    let tellWhole: (answer: StoredAnswer | null) => void = () => undefined;
    const whole = new Promise<StoredAnswer | null>((resolve) => {
      tellWhole = resolve;
    });
    const forget = (): void => {
      if (this.#flights.get(key) === joinable) this.#flights.delete(key);
    };
    const flight = new Flight({
      source: this.#make(call, key, control, abort.signal, making),
      abort,
      mostBytes: maxEntryBytes,
      onOverflow: () => {
        forget();
        tellWhole(null);
        void making.lease?.release();
      },
      onEnd: (parts) => {
        const { dialect, operation, stream } = call;
        const answer =
          parts && isWhole(parts)
            ? { madeAt: this.#deps.clock.now(), form, call: { dialect, operation, stream }, parts }
            : null;
        tellWhole(answer);
        // What a stage after this one did not have made for this call is not kept as its answer.
        const own = answer?.parts.every((part) => part.type !== 'head' || part.stored !== true) ?? false;
        const kept =
          answer && own && !making.fromElsewhere ? this.#keep(call, key, answer) : Promise.resolve();
        kept
          .catch((error: unknown) => log.error('an answer could not be kept', { callId: call.id, error }))
          .finally(() => {
            forget();
            void making.lease?.release();
          });
      },
    });
    const joinable: Joinable = {
      flight,
      form,
      whole,
      asked: () => making.fromElsewhere || call.trail.attempts > attemptsBefore,
    };
    this.#flights.set(key, joinable);
    return flight.read(call.signal);
  }

  async *#make(
    call: Call,
    key: string,
    control: CacheControl,
    signal: AbortSignal,
    making: Making,
  ): AsyncGenerator<Part> {
    const { store } = this.#deps;
    if (store.reach === 'shared' && control.maxAgeMs > 0) {
      const elsewhere = await this.#waitForOthers(call, key, control, signal, making);
      if (elsewhere) {
        yield* elsewhere;
        return;
      }
    }
    const refused = control.refusedScope;
    const scope = refused === null ? '' : ` The scope ${refused} is not allowed; ${control.scope} was used.`;
    call.trail.decide({
      stage: STAGE,
      action: 'missed',
      why: `${control.maxAgeMs === 0 ? 'The client asked for a new answer.' : 'Nothing is kept for this question.'}${scope}`,
      details: { key: key.slice(0, 16) },
    });
    call.trail.tell(HEADER, 'miss');
    yield* this.#next({ ...call, signal });
  }

  /** Takes the lease on the answer, or waits for the process that has it. Gives the answer when that process made it. */
  async #waitForOthers(
    call: Call,
    key: string,
    control: CacheControl,
    signal: AbortSignal,
    making: Making,
  ): Promise<readonly Part[] | null> {
    const { clock, readAnswer, store } = this.#deps;
    making.lease = await store.lease(key);
    if (making.lease) return null;
    while (await store.leased(key)) {
      await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {
        throw new CallError('client_aborted', 'Nobody waits for the answer any more.');
      });
    }
    const bytes = await store.get(key);
    const answer = bytes && decodeAnswer(bytes);
    const parts = answer && partsFor(answer, answerForm(call), readAnswer);
    if (parts && clock.now() - answer.madeAt <= Math.min(control.maxAgeMs, call.plan.cache.exact.ttlMs)) {
      making.fromElsewhere = true;
      call.trail.decide({
        stage: STAGE,
        action: 'joined',
        why: 'Another process was being given the answer to the same question.',
        details: { key: key.slice(0, 16) },
        ...insteadOf(parts),
      });
      call.trail.tell(HEADER, 'joined');
      return parts;
    }
    // That one failed or could not be kept: who waited asks by itself, once for each process.
    making.lease = await store.lease(key);
    return null;
  }

  async #keep(call: Call, key: string, answer: StoredAnswer): Promise<void> {
    const { clock, store, statistics } = this.#deps;
    const { maxEntryBytes, ttlMs } = call.plan.cache.exact;
    const startedAt = clock.ticks();
    const bytes = encodeAnswer(answer);
    if (bytes.length > maxEntryBytes) return;
    if (await store.put(key, bytes, ttlMs)) statistics.stored(clock.ticks() - startedAt);
  }

  /** Reads along with a call that asked the same a moment ago. */
  async *#follow(call: Call, { flight }: Joinable): AsyncGenerator<Part> {
    const seen: Part[] = [];
    try {
      for await (const part of flight.read(call.signal)) {
        if (seen.length === 0) call.trail.tell(HEADER, 'joined');
        if (seen.length === 0 || part.type === 'usage') seen.push(part);
        yield part.type === 'head' ? headAgain(part) : part;
      }
    } finally {
      if (seen.length > 0) noteJoined(call, seen);
    }
  }

  /** The same for a call that wants it told in another form, which must be whole to be read. */
  async *#followInOtherForm(call: Call, { flight, whole }: Joinable): AsyncGenerator<Part> {
    for await (const _ of flight.read(call.signal));
    const answer = await whole;
    const parts = answer && partsFor(answer, answerForm(call), this.#deps.readAnswer);
    if (!parts) return;
    call.trail.tell(HEADER, 'joined');
    noteJoined(call, parts);
    yield* parts;
  }
}

function noteJoined(call: Call, parts: readonly Part[]): void {
  const why = 'The same question was being answered for another call.';
  call.trail.decide({ stage: STAGE, action: 'joined', why, ...insteadOf(parts) });
}

interface Making {
  lease: AnswerLease | null;
  /** True when another process made the answer. */
  fromElsewhere: boolean;
}

async function* replay(parts: readonly Part[]): AsyncGenerator<Part> {
  yield* parts;
}

function sentence(reason: string): string {
  return `The cache had no part in it: ${reason}.`;
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
