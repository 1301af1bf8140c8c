import { describe, expect, it } from 'vitest';
import { aside } from '../core/aside.ts';
import type { Call } from '../core/call.ts';
import type { Prompt } from '../core/content.ts';
import { CallError } from '../core/errors.ts';
import type { Part, UsagePart } from '../core/part.ts';
import type { Handler } from '../core/ports.ts';
import { usageOf } from '../core/usage.ts';
import { callFor, FINISH, head, text } from './policy.contract.ts';

const TARGET = { provider: 'a', model: 'one' };
const USAGE: UsagePart = { type: 'usage', usage: usageOf({ input: 10, output: 2 }), source: 'provider' };
const PROMPT: Prompt = { messages: [], tools: [], sampling: {}, format: { kind: 'text' }, extras: {} };

function answering(parts: readonly Part[], error: CallError | null = null, seen: Call[] = []): Handler {
  return async function* (call) {
    seen.push(call);
    yield* parts;
    if (error) throw error;
  };
}

const ask = { stage: 'fit', why: 'a summary', prompt: PROMPT, candidates: [TARGET] };
const ANSWER: Part[] = [
  head(TARGET),
  { type: 'text-start', id: 't' },
  text('short'),
  { type: 'text-end', id: 't' },
  USAGE,
  FINISH,
];

describe('aside', () => {
  it('asks whole and typed, and books what it consumed', async () => {
    const seen: Call[] = [];
    const call = callFor('fast', { target: { provider: 'b', model: 'two' } });
    const answer = await aside(answering(ANSWER, null, seen), call, ask);
    expect(answer.content).toEqual([{ type: 'text', text: 'short' }]);
    expect(seen[0]).toMatchObject({ stream: false, typed: true, rewritten: true, target: null });
    expect(seen[0]?.prompt()).toBe(PROMPT);
    expect(call.trail.expenses).toEqual([{ stage: 'fit', why: 'a summary', target: TARGET, usage: USAGE }]);
  });

  it('shows a provider neither the client’s own fields nor its idempotency key', async () => {
    const seen: Call[] = [];
    const headers = { 'idempotency-key': 'k', 'anthropic-beta': 'b' };
    const wire = { method: 'POST', url: '/', headers, body: new Uint8Array() };
    const call = callFor('fast', { body: { n: 3 }, wire });
    await aside(answering(ANSWER, null, seen), call, ask);
    await aside(answering(ANSWER, null, seen), call, {
      stage: 'route',
      why: 'the same',
      candidates: [TARGET],
    });
    expect(seen.map(({ body }) => body)).toEqual([undefined, { n: 3 }]);
    for (const each of seen) expect(each.wire.headers).toEqual({ 'anthropic-beta': 'b' });
    expect(call.wire.headers).toBe(headers);
  });

  it('books what a question consumed that failed half-way, and nothing for one that never began', async () => {
    const broken = new CallError('upstream_truncated', 'cut');
    const half = callFor('fast');
    await expect(aside(answering([head(TARGET), USAGE], broken), half, ask)).rejects.toBe(broken);
    expect(half.trail.expenses).toMatchObject([{ usage: USAGE }]);
    const none = callFor('fast');
    await expect(aside(answering([], broken), none, ask)).rejects.toBe(broken);
    expect(none.trail.expenses).toEqual([]);
  });

  it('books an answer without usage as one of unknown cost, and a stored one not at all', async () => {
    const untold = callFor('fast');
    await aside(answering(ANSWER.filter((part) => part !== USAGE)), untold, ask);
    expect(untold.trail.expenses).toMatchObject([{ usage: null }]);
    const stored = callFor('fast');
    await aside(answering([{ ...head(TARGET), stored: true }, ...ANSWER.slice(1)]), stored, ask);
    expect(stored.trail.expenses).toEqual([]);
  });
});
