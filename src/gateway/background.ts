import { type Answer, answerOf } from '../core/answer.ts';
import type { Call } from '../core/call.ts';
import { asCallError, CallError } from '../core/errors.ts';
import { uuidv7 } from '../core/ids.ts';
import type { Part } from '../core/part.ts';
import type { Background, BackgroundTask, Clock, Handler } from '../core/ports.ts';
import type { CallRecord } from '../core/record.ts';
import { Trail } from '../core/trail.ts';
import { Meter } from './meter.ts';
import type { Outcome } from './run-call.ts';

/** Calls of the gateway's own that run at once, so that they take little from those of clients. */
const AT_ONCE = 4;
const MOST_WAITING = 1000;

export interface BackgroundDeps {
  readonly clock: Clock;
  /** The whole pipeline. */
  readonly handler: () => Handler;
  /** Prices the call and writes its row. */
  readonly settle: (call: Call, meter: Meter, outcome: Outcome) => Promise<CallRecord>;
  /** How many run at once; 4 when left out. */
  readonly atOnce?: () => number;
}

export interface BackgroundRunner extends Background {
  /** Waits for what runs, for `ms` at most, and cancels the rest. Nothing new is begun. */
  drain(ms: number): Promise<void>;
}

export function createBackground({
  clock,
  handler,
  settle,
  atOnce = () => AT_ONCE,
}: BackgroundDeps): BackgroundRunner {
  const running = new Map<Promise<unknown>, AbortController>();
  const waiting: (() => void)[] = [];
  let active = 0;
  let closed = false;

  async function perform(
    task: BackgroundTask,
    abort: AbortController,
  ): Promise<{ answer: Answer; record: CallRecord }> {
    const call = ownCall(task, clock, abort.signal);
    const meter = new Meter(clock, clock.ticks(), 0);
    const parts: Part[] = [];
    let failure: CallError | null = null;
    try {
      for await (const part of (task.next ?? handler())(call)) {
        meter.observe(part);
        parts.push(part);
      }
    } catch (error) {
      failure = asCallError(error);
    }
    const record = await settle(call, meter, { error: failure, clientLeft: false });
    if (failure) throw failure;
    return { answer: answerOf(parts), record };
  }

  async function turn(): Promise<void> {
    if (active < atOnce()) {
      active += 1;
      return;
    }
    if (waiting.length >= MOST_WAITING)
      throw new CallError('not_ready', `${MOST_WAITING} calls of the gateway's own are waiting already.`);
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  return {
    run: async (task) => {
      if (closed) throw shuttingDown();
      await turn();
      if (closed) throw shuttingDown();
      const abort = new AbortController();
      const work = perform(task, abort);
      running.set(work, abort);
      try {
        return await work;
      } finally {
        running.delete(work);
        const next = waiting.shift();
        // The turn goes to the next that waits, or is given back.
        if (next) next();
        else active -= 1;
      }
    },
    drain: async (ms) => {
      closed = true;
      for (const wake of waiting.splice(0)) wake();
      if (running.size === 0) return;
      const all = Promise.allSettled(running.keys());
      const pause = new AbortController();
      await Promise.race([all, clock.sleep(ms, pause.signal).catch(() => undefined)]);
      pause.abort();
      for (const abort of running.values()) abort.abort();
      await all;
    },
  };
}

function shuttingDown(): CallError {
  return new CallError('not_ready', 'The gateway is shutting down.');
}

function ownCall(task: BackgroundTask, clock: Clock, signal: AbortSignal): Call {
  const { call, purpose, id, receivedAt = clock.now() } = task;
  return {
    ...call,
    id: id ?? uuidv7(receivedAt),
    receivedAt,
    caller: { ...call.caller, tags: { ...call.caller.tags, 'illm-purpose': purpose } },
    stream: false,
    typed: true,
    trail: new Trail(() => clock.ticks()),
    signal,
  };
}
