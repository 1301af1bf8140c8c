import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../../core/call.ts';
import { CallError } from '../../core/errors.ts';
import type { Handler, LedgerSink, Stage } from '../../core/ports.ts';
import type { CallRecord } from '../../core/record.ts';
import type { Call } from '../../core/call.ts';
import { createBackground } from '../background.ts';
import type { PipelineDeps } from '../call-pipeline.ts';
import type { Meter } from '../meter.ts';
import type { Outcome } from '../run-call.ts';
import { answerBatches } from './endpoints.ts';
import { reserveOnly } from './reserve.ts';
import { BatchRunner } from './runner.ts';

export interface Batching {
  /** Answers a request about files or batches. @throws CallError */
  handle(req: IncomingMessage, res: ServerResponse, caller: Caller, path: string): Promise<void>;
  /** Begins nothing new, waits `ms` at most for calls under way, and leaves the rest to the next start. */
  drain(ms: number): Promise<void>;
}

export interface BatchingParts {
  readonly handler: () => Handler;
  readonly ledger: LedgerSink;
  readonly reserve: Stage | null;
  readonly settle: (call: Call, meter: Meter, outcome: Outcome) => Promise<CallRecord>;
}

/** Files and batches, and who runs them; without a store there are none. */
export function openBatching(deps: PipelineDeps, parts: BatchingParts): Batching {
  const { clock, services, settings } = deps;
  const store = services.batches;
  if (!store)
    return {
      handle: async () => {
        throw new CallError('not_found', 'This gateway keeps no files and batches.');
      },
      drain: async () => undefined,
    };
  const { handler, ledger, reserve, settle } = parts;
  const atOnce = (): number => settings().batch.concurrency;
  const background = createBackground({ clock, handler, settle, atOnce });
  const runner = new BatchRunner({
    ...deps,
    store,
    ledger,
    background,
    handler: (call) => handler()(call),
    reserve: reserveOnly(reserve),
    settle,
  });
  const changed = (id: string): void => {
    runner.wake(id);
    runner.look();
  };
  return {
    handle: async (req, res, caller, path) =>
      await answerBatches({ store, settings, clock, changed }, { req, res, caller, path }),
    drain: async (ms) => {
      await Promise.all([runner.stop(), background.drain(ms)]);
    },
  };
}
