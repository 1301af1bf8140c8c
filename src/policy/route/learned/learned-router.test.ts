import { describe, expect, it } from 'vitest';
import type { Prompt } from '../../../core/content.ts';
import type { Embedder } from '../../../core/ports.ts';
import type { Candidate } from '../candidate.ts';
import { createLearnedRouter } from './learned-router.ts';
import { formatRouterModel } from './router-model.ts';

const CHEAP = { name: 'p/cheap', cost: 1n, successRate: 1 } as unknown as Candidate;
const DEAR = { name: 'p/dear', cost: 9n, successRate: 1 } as unknown as Candidate;
const FILE = formatRouterModel({
  dimensions: 1,
  heads: { 'p/cheap': { weights: [0], bias: 0 }, 'p/dear': { weights: [4], bias: 0 } },
});
const ROUTING = { file: 'router.json', minGain: 0.2 };

/** Hard questions are those that say so. */
const embedder: Embedder = {
  dimensions: 1,
  ready: async () => undefined,
  embed: async (texts) => texts.map((text) => Float32Array.of(text.includes('hard') ? 1 : -1)),
};

function asking(text: string): Prompt {
  return {
    messages: [{ role: 'user', content: [{ type: 'text', text }] }],
    tools: [],
    sampling: {},
    format: { kind: 'text' },
    extras: {},
  };
}

function router(read: (file: string) => Promise<string>, embed: Embedder = embedder) {
  const warned: string[] = [];
  const log = {
    info: () => undefined,
    warn: (message: string) => warned.push(message),
    error: () => undefined,
  };
  const made = createLearnedRouter({ embedder: embed, read, log });
  const order = async (text: string) => {
    const signal = new AbortController().signal;
    return await made.order(asking(text), [CHEAP, DEAR], ROUTING, signal);
  };
  return { order, warned };
}

describe('the learned router', () => {
  it('asks the dearer one only where that promises more, and reads its model once', async () => {
    let reads = 0;
    const { order } = router(async () => {
      reads += 1;
      return FILE;
    });
    expect((await order('a hard question')).order[0]).toBe(DEAR);
    expect((await order('an easy question')).order[0]).toBe(CHEAP);
    expect(reads).toBe(1);
  });

  it('keeps the given order where it cannot tell, says why, and tries again', async () => {
    let fails = true;
    const { order, warned } = router(async () => {
      if (fails) throw new Error('ENOENT');
      return FILE;
    });
    expect(await order('a hard question')).toMatchObject({
      order: [CHEAP, DEAR],
      why: expect.stringContaining('ENOENT'),
    });
    expect(warned).toHaveLength(1);
    fails = false;
    expect((await order('a hard question')).order[0]).toBe(DEAR);
    expect(await order('')).toMatchObject({ order: [CHEAP, DEAR] });
  });

  it('notices embeddings of another model', async () => {
    const other = { ...embedder, embed: async () => [Float32Array.of(1, 2)] };
    expect((await router(async () => FILE, other).order('hard')).why).toContain('other embeddings');
  });
});
