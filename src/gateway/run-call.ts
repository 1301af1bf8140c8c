import type { ServerResponse } from 'node:http';
import type { Call } from '../core/call.ts';
import type { CallAbort } from '../core/call-signal.ts';
import type { AnswerContext, Dialect } from '../core/dialect.ts';
import { asCallError, type CallError } from '../core/errors.ts';
import type { Handler } from '../core/ports.ts';
import type { CallRecord } from '../core/record.ts';
import { watchClient } from './client.ts';
import type { Meter } from './meter.ts';
import { streamWriter, wholeWriter } from './writer.ts';

export interface Run {
  readonly call: Call;
  readonly dialect: Dialect;
  readonly context: AnswerContext;
  readonly res: ServerResponse;
  /** Aborts `call.signal`. */
  readonly abort: Pick<CallAbort, 'abort'>;
  readonly drainMs: number;
  readonly meter: Meter;
  readonly handler: Handler;
  /** Prices the call and makes its row; the row is safe on disk when this resolves. */
  readonly settle: (outcome: Outcome) => Promise<CallRecord>;
}

export interface Outcome {
  readonly error: CallError | null;
  readonly clientLeft: boolean;
}

/** Drives one call from its handler to its client, and to the ledger however it ends. */
export async function runCall(run: Run): Promise<void> {
  const { call, context, dialect, meter, res } = run;
  let drain: NodeJS.Timeout | null = null;
  let leftEarly = false;
  // A client that left after the finish got its whole answer: many close as soon as they have read it.
  const client = watchClient(res, () => {
    leftEarly = meter.finish === null;
    drain = setTimeout(() => run.abort.abort(), run.drainMs);
  });
  const writer = call.stream
    ? streamWriter(res, dialect, call, context)
    : wholeWriter(res, dialect, call, context);
  let error: CallError | null = null;
  try {
    for await (const part of run.handler(call)) {
      meter.observe(part);
      if (!client.gone && !writer.part(part)) await client.writable();
    }
  } catch (thrown) {
    error = asCallError(thrown);
  }
  if (drain) clearTimeout(drain);
  const record = await run.settle({ error, clientLeft: leftEarly });
  if (client.gone) return;
  if (error) writer.fail(error);
  else writer.end(record);
}
