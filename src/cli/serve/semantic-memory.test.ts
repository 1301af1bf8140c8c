import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../core/clock.ts';
import { uuidv7 } from '../../core/ids.ts';
import { type FakeLearnedStore, fakeLearnedStore } from '../../core/learned.contract.ts';
import { DROPPED } from '../../core/learned.ts';
import { NO_LEVERS } from '../../core/plan.ts';
import type { Bus } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import type { SemanticEvent } from '../../policy/cache/semantic/event.ts';
import { traitsOf } from '../../policy/cache/semantic/guard.ts';
import { head } from '../../policy/policy.contract.ts';
import { localBus } from '../../shared/index.ts';
import { openSemanticMemory, type SemanticMemory } from './semantic-memory.ts';

const DIMENSIONS = 4;
const QUESTION = 'Where does the ferry leave?';
const RISK = { maxErrorRate: 0.2, confidence: 0.9, margin: 0 };
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

let store: FakeLearnedStore;
const open: SemanticMemory[] = [];

beforeEach(() => {
  store = fakeLearnedStore();
});
afterEach(async () => {
  store.dead = false;
  for (const memory of open.splice(0)) await memory.close();
});

function memory(bus: Bus = localBus(), limits: { maxQuestions?: number } = {}): SemanticMemory {
  const semantic = { ...NO_LEVERS.cache.semantic, enabled: true, ...limits };
  const plan = { ...NO_LEVERS, cache: { ...NO_LEVERS.cache, semantic } };
  const settings = (): Settings => ({ plan, models: {} }) as unknown as Settings;
  const deps = { settings, dimensions: DIMENSIONS, store, bus, clock: systemClock, log: quiet };
  const opened = openSemanticMemory({ ...deps, pollMs: 5, flushMs: 1 });
  open.push(opened);
  return opened;
}

const vectorOf = (angle: number): Float32Array => Float32Array.of(Math.cos(angle), Math.sin(angle), 0, 0);
const common = (entry: string, id = uuidv7(Date.now())) => ({ id, at: Date.now(), entry, kind: 'k' });
const asked = (angle: number) => ({
  context: 'c',
  question: QUESTION,
  vector: vectorOf(angle),
  expiresAt: Date.now() + 3_600_000,
});

function answerOf(text: string, angle = 0): SemanticEvent & { readonly type: 'answer' } {
  const entry = uuidv7(Date.now());
  const call = { dialect: 'openai-chat', operation: 'generate', stream: false } as const;
  const parts = [
    head({ provider: 'p', model: 'm' }),
    { type: 'text-start', id: 't' },
    { type: 'text-delta', id: 't', text },
    { type: 'finish', reason: 'stop' },
  ] as const;
  const answer = { madeAt: Date.now(), form: 'f', call, parts };
  return { type: 'answer', ...common(entry, entry), ...asked(angle), answer, text };
}

const compared = (entry: string, correct = true): SemanticEvent => ({
  type: 'compared',
  ...common(entry),
  chance: 0.99,
  similarity: 0.99,
  correct,
});

const found = ({ cache }: SemanticMemory, angle = 0): string | undefined =>
  cache.find('c', vectorOf(angle), traitsOf(QUESTION), Date.now())?.entry.text;

describe('what the semantic cache knows', () => {
  it('is there again after a restart: answers, all their questions, comparisons, and the rule they support', async () => {
    const before = memory();
    const answer = answerOf('From the old pier.');
    before.cache.record(answer, true);
    before.cache.record({ type: 'question', ...common(answer.entry), ...asked(1) }, true);
    for (let n = 0; n < 80; n++) before.cache.record(compared(answer.entry), true);
    await vi.waitFor(() => expect(before.cache.learner('k').compared).toBe(80));
    const after = memory();
    expect(found(after)).toBeUndefined();
    await vi.waitFor(() => expect(after.state()).toMatchObject({ loaded: true, questions: 2, answers: 1 }));
    expect([found(after), found(after, 1), found(after, Math.PI)]).toEqual([
      answer.text,
      answer.text,
      undefined,
    ]);
    const { cache } = after;
    expect(cache.learner('k').compared).toBe(80);
    expect(cache.learner('k').rule(RISK)).toEqual(before.cache.learner('k').rule(RISK));
    expect(cache.learner('k').rule(RISK)).not.toBeNull();
    const [entry] = [cache.find('c', vectorOf(0), traitsOf(QUESTION), Date.now())?.entry];
    expect(cache.observationsOf(entry!)).toHaveLength(16);
  });

  it('is shared by processes with a bus in common or only the store; all count all comparisons, each once', async () => {
    const bus = localBus();
    const all = [memory(bus), memory(bus), memory()];
    const answer = answerOf('From the old pier.');
    all[0]?.cache.record(answer, true);
    await vi.waitFor(() => expect(all.map((each) => found(each))).toEqual(all.map(() => answer.text)));
    for (let n = 0; n < 60; n++) all[n % 3]?.cache.record(compared(answer.entry, n % 10 > 0), true);
    const counts = () => all.map(({ cache }) => cache.learner('k').compared);
    await vi.waitFor(() => expect(counts()).toEqual([60, 60, 60]));
    const chances = all.map(({ cache }) => cache.learner('k').chance(0.9, []));
    expect(new Set(chances).size).toBe(1);
    all[2]?.cache.record({ type: DROPPED, ...common(answer.entry) }, true);
    await vi.waitFor(() => expect(all.map((each) => found(each))).toEqual([undefined, undefined, undefined]));
    await vi.waitFor(() => expect(store.rows.some(({ type }) => type === 'answer')).toBe(false));
  });

  it('costs learning, not calls, while the store is away', async () => {
    store.dead = true;
    const one = memory();
    const answer = answerOf('From the old pier.');
    one.cache.record(answer, true);
    one.cache.record(compared(answer.entry), true);
    expect(found(one)).toBe(answer.text);
    expect(one.cache.learner('k').compared).toBe(0);
    expect(one.state()).toMatchObject({ loaded: false, waiting: 2 });
    store.dead = false;
    await vi.waitFor(() => expect(one.cache.learner('k').compared).toBe(1));
    await vi.waitFor(() => expect(one.state()).toMatchObject({ loaded: true, waiting: 0, answers: 1 }));
  });

  it('is loaded newest first, as far as there is room', async () => {
    const one = memory();
    for (let n = 0; n < 20; n++) one.cache.record(answerOf(`Pier ${n}`, n), true);
    await vi.waitFor(() => expect(store.rows).toHaveLength(20));
    const small = memory(localBus(), { maxQuestions: 5 });
    await vi.waitFor(() => expect(small.state()).toMatchObject({ loaded: true, answers: 5 }));
    const held = Array.from({ length: 20 }, (_, n) => found(small, n)).filter((text) => text !== undefined);
    expect(new Set(held)).toEqual(new Set([15, 16, 17, 18, 19].map((n) => `Pier ${n}`)));
    small.cache.record(answerOf('Pier 20', 20), true);
    expect([found(small, 15), found(small, 20)]).not.toContain('Pier 15');
  });

  it('is forgotten everywhere when it is cleared; what was learnt only when that is asked for', async () => {
    const [one, other] = [memory(), memory()];
    const answer = answerOf('From the old pier.');
    one.cache.record(answer, true);
    one.cache.record(compared(answer.entry), true);
    await vi.waitFor(() => expect(found(other)).toBe(answer.text));
    await vi.waitFor(() => expect(other.cache.learner('k').compared).toBe(1));
    expect(await one.clear(false)).toBe(1);
    expect(found(one)).toBeUndefined();
    await vi.waitFor(() => expect(found(other)).toBeUndefined());
    expect(store.rows.map(({ type }) => type)).toEqual(['compared', 'cleared']);
    expect(other.cache.learner('k').compared).toBe(1);
    await one.clear(true);
    await vi.waitFor(() => expect(other.cache.learner('k').compared).toBe(0));
    expect(store.rows.map(({ type }) => type)).toEqual(['cleared']);
  });

  it('stays in memory where it may not be kept', () => {
    const one = memory();
    const answer = answerOf('From the old pier.');
    one.cache.record(answer, false);
    one.cache.record(compared(answer.entry), false);
    expect(found(one)).toBe(answer.text);
    expect(one.cache.learner('k').compared).toBe(1);
    expect(one.state().waiting).toBe(0);
  });
});
