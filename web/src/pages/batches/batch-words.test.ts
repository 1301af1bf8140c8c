import { describe, expect, it } from 'vitest';
import type { Batch } from '../../api/types.ts';
import { parseBatch } from '../../view/batch-view.ts';
import { carrierWord, hoursWords, progressOf, progressWords, shortId, windowWords } from './batch-words.ts';

const batch = (change: Partial<Batch>): Batch => ({
  id: 'batch_0192f1d00000700080000000000000aa',
  status: 'in_progress',
  endpoint: '/v1/chat/completions',
  keyName: 'ci',
  team: null,
  user: null,
  tags: {},
  metadata: null,
  total: 10,
  completed: 4,
  failed: 1,
  waiting: 1,
  running: 2,
  submitted: 2,
  carriers: [],
  costUsd: '0',
  savedUsd: '0',
  unpricedCalls: 0,
  createdAt: '2026-11-24T10:00:00.000Z',
  startedAt: null,
  expiresAt: '2026-11-25T10:00:00.000Z',
  cancellingAt: null,
  endedAt: null,
  problems: [],
  ...change,
});

describe('a batch in words', () => {
  it('tells how far it is', () => {
    expect(progressOf(batch({}))).toEqual([
      { part: 'completed', share: 0.4 },
      { part: 'failed', share: 0.1 },
      { part: 'running', share: 0.2 },
      { part: 'submitted', share: 0.2 },
    ]);
    expect(progressWords(batch({}))).toBe('5 of 10 done, 1 failed');
    expect(progressWords(batch({ failed: 0 }))).toBe('4 of 10 done');
    expect(progressOf(batch({ total: 0 }))).toEqual([]);
    expect(progressWords(batch({ total: 0, status: 'validating' }))).toBe('reading its file');
  });

  it('tells who has its calls, and for how long', () => {
    const carrier = { provider: 'openai', asBatch: true, calls: 1 };
    expect(carrierWord(carrier)).toBe('openai batch');
    expect(carrierWord({ ...carrier, asBatch: false })).toBe('openai, call by call');
    expect(carrierWord({ ...carrier, provider: null })).toBe('the gateway');
    expect(windowWords(batch({}))).toMatch(/^until /);
    expect(windowWords(batch({ endedAt: '2026-11-24T13:20:00.000Z' }))).toBe('took 3h 20m');
    const hours = { enabled: true, providers: true, windows: [], timezone: 'UTC', opensAt: null };
    expect(hoursWords(hours)).toBeNull();
    expect(hoursWords({ ...hours, windows: ['22:00-06:00'] })).toContain('22:00–06:00 (UTC), which is now');
  });

  it('has a short name and an address', () => {
    expect(shortId(batch({}).id)).toBe('batch_…000000aa');
    expect(shortId('batch_1')).toBe('batch_1');
    expect([parseBatch({ state: 'failed' }), parseBatch({ state: 'x' })]).toEqual([{ state: 'failed' }, {}]);
  });
});
