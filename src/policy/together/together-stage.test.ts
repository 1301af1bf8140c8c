import { describe, expect, it } from 'vitest';
import type { Call } from '../../core/call.ts';
import type { CallSignal } from '../../core/call-signal.ts';
import type { Prompt } from '../../core/content.ts';
import type { Part } from '../../core/part.ts';
import { NO_LEVERS } from '../../core/plan.ts';
import { NO_TOGETHER } from '../../core/plan/together.ts';
import type { Clock, Handler } from '../../core/ports.ts';
import { Trail } from '../../core/trail.ts';
import { usageOf } from '../../core/usage.ts';
import { callFor, collected, FINISH, head, text } from '../policy.contract.ts';
import { togetherStage } from './together-stage.ts';

const TARGET = { provider: 'openai', model: 'small' };
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A window that ends when the test says so. */
function heldClock(): { readonly clock: Clock; readonly endWindow: () => void } {
  let end: () => void = () => undefined;
  const sleep = (_ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      end = resolve;
      signal?.addEventListener('abort', () => reject(new Error('aborted')));
    });
  return { clock: { now: () => 0, ticks: () => 0, sleep }, endWindow: () => end() };
}

function promptFor(question: string): Prompt {
  return {
    messages: [{ role: 'user', content: [{ type: 'text', text: question }] }],
    tools: [],
    sampling: {},
    format: { kind: 'text' },
    extras: {},
  };
}

function asking(question: string, change: Partial<Call> = {}): Call {
  const together = { ...NO_TOGETHER, enabled: true, maxItems: 2 };
  return callFor('classify', {
    prompt: () => promptFor(question),
    candidates: [TARGET],
    plan: { ...NO_LEVERS, together },
    trail: new Trail(() => 0),
    ...change,
  });
}

const FOR_TWO = '[{"id":1,"answer":"one"},{"id":2,"answer":"two"}]';
const textOf = (parts: readonly Part[]): string =>
  parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join('');

function stage(next: Handler, hourly = false) {
  const { clock, endWindow } = heldClock();
  const tokens = { count: async (counted: string) => ({ tokens: counted.length, exact: true }) };
  const handler = togetherStage({
    tokens,
    clock,
    random: () => 0,
    log: QUIET,
    isHourly: () => hourly,
    count: null,
  })(next);
  return { ask: (call: Call) => collected(handler(call)), handler, endWindow };
}

/** Answers common questions with two answers, others with `alone`. */
function answering(asked: Call[]): Handler {
  return async function* answer(call) {
    asked.push(call);
    const common = JSON.stringify(call.prompt().messages).includes('separate inputs');
    yield head(TARGET);
    yield { type: 'text-start', id: 't' };
    yield text(common ? FOR_TWO : 'alone');
    yield { type: 'text-end', id: 't' };
    yield { type: 'usage', usage: usageOf({ input: 11, output: 5 }), source: 'provider' };
    yield FINISH;
  };
}

describe('asking together', () => {
  it('gives each its answer, and asks typed, whole and without the key of one of them', async () => {
    const asked: Call[] = [];
    const { ask } = stage(answering(asked));
    const wire = { method: 'POST', url: '/', headers: { 'idempotency-key': 'k' }, body: new Uint8Array() };
    const [first, second] = [asking('a', { wire }), asking('b')];
    const answers = await Promise.all([ask(first), ask(second)]);
    expect(answers.map(({ parts }) => textOf(parts))).toEqual(['one', 'two']);
    expect(answers[0]?.parts[0]).toMatchObject({ type: 'head', stored: true });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ typed: true, stream: false, rewritten: true, wire: { headers: {} } });
    expect(asked[0]?.trail).not.toBe(first.trail);
    expect([first, second].map(({ trail }) => trail.expenses.length)).toEqual([1, 1]);
  });

  it('asks one that stayed alone as it is', async () => {
    const asked: Call[] = [];
    const { ask, endWindow } = stage(answering(asked));
    const call = asking('a');
    const answer = ask(call);
    await Promise.resolve();
    endWindow();
    expect(textOf((await answer).parts)).toBe('alone');
    expect(asked).toEqual([call]);
    expect(call.trail.decisions).toEqual([]);
  });

  it('lets a client leave before anything is asked', async () => {
    const asked: Call[] = [];
    const { ask } = stage(answering(asked));
    const leaving = new AbortController();
    const gone = ask(asking('a', { signal: leaving.signal }));
    await Promise.resolve();
    leaving.abort();
    expect((await gone).error).toMatchObject({ code: 'client_aborted' });
    const answers = await Promise.all([ask(asking('b')), ask(asking('c'))]);
    expect(answers.map(({ parts }) => textOf(parts))).toEqual(['one', 'two']);
    expect(asked).toHaveLength(1);
  });

  it('gives the common question up only when all have left', async () => {
    let signal: CallSignal | null = null;
    const { ask } = stage(async function* hang(call) {
      signal = call.signal;
      call.trail.attempt(TARGET);
      await new Promise((_, reject) => {
        call.signal.addEventListener('abort', () => reject(new Error('given up')));
      });
      yield head(TARGET);
    });
    const clients = [new AbortController(), new AbortController()];
    const calls = clients.map((client, index) => asking(`${index}`, { signal: client.signal }));
    const answers = calls.map(ask);
    clients[0]?.abort();
    expect(signal).toMatchObject({ aborted: false });
    clients[1]?.abort();
    expect(signal).toMatchObject({ aborted: true });
    for (const { parts } of await Promise.all(answers)) expect(parts).toMatchObject([{ stored: true }]);
    // What the provider has read is paid, as an estimate, by both.
    const shares = calls.flatMap(({ trail }) => trail.expenses);
    expect(shares).toMatchObject([{ usage: { source: 'estimated' } }, { usage: { source: 'estimated' } }]);
  });

  it('costs nothing where it is off, and leaves machines paid by the hour alone', () => {
    const given: AsyncIterable<Part> = {
      [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
    };
    const off = asking('a', { plan: NO_LEVERS });
    expect(stage(() => given).handler(off)).toBe(given);
    expect(stage(() => given, true).handler(asking('a'))).toBe(given);
  });
});
