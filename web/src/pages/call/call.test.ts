import { describe, expect, it } from 'vitest';
import type { CallRecord } from '../../api/types.ts';
import { kindName, rateText, unexplained } from './bill.ts';
import { phasesOf, timelineOf } from './timeline.ts';
import { whySentences } from './why.ts';

const part = (kind: string, units: number, rateUsd: string, costUsd: string) =>
  ({ kind, units, rateUsd, per: 'million-tokens', costUsd }) as const;

function callWith(change: Partial<CallRecord> = {}): CallRecord {
  return {
    status: 'ok',
    usage: { input: 1000, cacheRead: 9000, output: 800, reasoning: 0 },
    usageSource: 'provider',
    costUsd: '0.017700',
    unpriced: false,
    unpricedReason: null,
    costParts: [
      part('input', 1000, '3', '0.003'),
      part('cacheRead', 9000, '0.3', '0.0027'),
      part('output', 800, '15', '0.012'),
    ],
    serviceTier: null,
    attempts: 1,
    decisions: [],
    dialect: 'anthropic',
    requestedModel: 'claude-sonnet-4-5',
    stream: true,
    ttftMs: 400,
    totalMs: 2000,
    overheadMs: 0.6,
    finishReason: 'stop',
    ...change,
  } as unknown as CallRecord;
}

describe('whySentences', () => {
  it('name the biggest part and what the cache saved', () => {
    expect(whySentences(callWith())).toEqual([
      'Output is 67.8% of it: 800 tokens at $15.00 per million.',
      'The cache made it $0.0243 cheaper (9,000 tokens read or written).',
    ]);
  });

  it('tell when writing to the cache cost more', () => {
    const costParts = [part('input', 100, '3', '0.0003'), part('cacheWrite5m', 10_000, '3.75', '0.0375')];
    expect(whySentences(callWith({ costParts, costUsd: '0.0378' }))[1]).toContain('$0.00750 dearer');
  });

  it('tell what levers saved, or cost', () => {
    const decision = { action: 'acted', why: 'A test.', atMs: 1 };
    const decisions = [
      { ...decision, stage: 'compress', savedUsd: '0.01' },
      { ...decision, stage: 'route', savedUsd: '-0.002' },
    ];
    expect(whySentences(callWith({ decisions })).at(-1)).toBe(
      'Levers saved $0.00800: it would have cost $0.0257.',
    );
    expect(whySentences(callWith({ decisions: decisions.slice(1) })).at(-1)).toBe(
      'Levers made it $0.00200 dearer: it would have cost $0.0157.',
    );
  });

  it('tell what makes the figure doubtful', () => {
    const call = callWith({ usageSource: 'estimated', attempts: 2, serviceTier: 'flex' });
    expect(whySentences(call).slice(2)).toEqual([
      'Served and priced as the flex tier.',
      'It took 2 attempts.',
      'The provider told no final usage: the tokens were counted here, so the cost is an estimate.',
    ]);
    const unpriced = callWith({
      unpriced: true,
      costUsd: null,
      costParts: [],
      unpricedReason: 'no price is known for x/y; add one',
    });
    expect(whySentences(unpriced)).toEqual(['No price is known for x/y; add one. The call is in no sum.']);
  });
});

describe('the bill', () => {
  it('explains its total to the last digit', () => {
    expect(unexplained(callWith())).toBe(0n);
    expect(unexplained(callWith({ costUsd: '0.017701' }))).toBe(1_000_000n);
    expect(unexplained(callWith({ costUsd: null, costParts: [] }))).toBe(0n);
  });

  it('reads in words', () => {
    expect(['cacheWrite1h', 'gpu', 'something-new', 'toString'].map(kindName)).toEqual([
      'Written to cache, 1 h',
      'GPU time',
      'something-new',
      'toString',
    ]);
    expect(rateText(part('input', 1, '0.075', '0'))).toBe('$0.075 per million');
  });
});

describe('the timeline', () => {
  it('is in the order of events, from arrival to end', () => {
    const decisions = [
      { stage: 'retry', action: 'fell-back', why: 'Target two.', atMs: 300 },
      { stage: 'route', action: 'chose', why: 'Target one.', atMs: 0.3 },
    ];
    expect(timelineOf(callWith({ decisions })).map(({ title }) => title)).toEqual([
      'Arrived',
      'Chose',
      'Fell back',
      'First content',
      'Ended: stop',
    ]);
  });

  it('has no content phase where no content came', () => {
    const failed = callWith({ status: 'error', ttftMs: null, errorCode: 'upstream_timeout' });
    expect(phasesOf(failed)).toEqual([{ name: 'wait', label: 'without any content', fromMs: 0, toMs: 2000 }]);
    expect(timelineOf(failed).at(-1)?.title).toBe('Failed: upstream_timeout');
  });
});
