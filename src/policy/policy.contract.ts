import { NO_LEVERS } from '../core/plan.ts';
import type { Call } from '../core/call.ts';
import { CallError } from '../core/errors.ts';
import type { HeadPart, Part } from '../core/part.ts';
import type { Clock, Handler } from '../core/ports.ts';
import { formatTarget, type Target } from '../core/target.ts';
import { Trail } from '../core/trail.ts';

/** Helpers for the tests of stages: a clock that moves by sleeping, calls, and upstreams that answer by script. */

export interface FakeClock extends Clock {
  readonly slept: readonly number[];
}

export function fakeClock(): FakeClock {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => 1_800_000_000_000 + now,
    ticks: () => now,
    sleep: async (ms, signal) => {
      if (signal?.aborted) throw new Error('aborted');
      slept.push(ms);
      now += ms;
    },
  };
}

export function callFor(requestedModel: string, change: Partial<Call> = {}): Call {
  return {
    id: '01900000-0000-7000-8000-000000000000',
    receivedAt: 1_800_000_000_000,
    dialect: 'openai-chat',
    operation: 'generate',
    requestedModel,
    stream: true,
    caller: {
      keyId: null,
      keyName: null,
      team: null,
      user: null,
      tags: {},
      session: null,
      traceparent: null,
      credential: null,
    },
    wire: { method: 'POST', url: '/v1/chat/completions', headers: {}, body: new Uint8Array() },
    prompt: () => {
      throw new Error('not needed');
    },
    received: () => {
      throw new Error('not needed');
    },
    embedding: () => {
      throw new Error('not needed');
    },
    rewritten: false,
    typed: false,
    plan: NO_LEVERS,
    candidates: null,
    resolvedBy: '',
    target: null,
    trail: new Trail(() => 0),
    signal: new AbortController().signal,
    ...change,
  };
}

/** Parts that come, and perhaps the error that then breaks off. */
export interface Script {
  readonly parts?: readonly Part[];
  readonly error?: CallError;
}

export const head = (target: Target): HeadPart => ({
  type: 'head',
  status: 200,
  headers: {},
  target,
  warnings: [],
});
export const text = (value: string): Part => ({ type: 'text-delta', id: 't', text: value });
export const FINISH: Part = { type: 'finish', reason: 'stop' };

/** Answers the n-th call of a target with its n-th script, and the last script from then on. */
export function scripted(scripts: Readonly<Record<string, readonly Script[]>>): {
  readonly handler: Handler;
  readonly calls: string[];
  readonly closed: string[];
} {
  const calls: string[] = [];
  const closed: string[] = [];
  const handler: Handler = async function* answer(call) {
    const name = call.target ? formatTarget(call.target) : '';
    const earlier = calls.filter((called) => called === name).length;
    calls.push(name);
    const mine = scripts[name] ?? [];
    const script = mine[Math.min(earlier, mine.length - 1)];
    if (!script) throw new CallError('internal', `no script for ${name}`);
    try {
      yield* script.parts ?? [];
      if (script.error) throw script.error;
    } finally {
      closed.push(name);
    }
  };
  return { handler, calls, closed };
}

export async function collected(parts: AsyncIterable<Part>): Promise<{ parts: Part[]; error: unknown }> {
  const read: Part[] = [];
  try {
    for await (const part of parts) read.push(part);
    return { parts: read, error: null };
  } catch (error) {
    return { parts: read, error };
  }
}
