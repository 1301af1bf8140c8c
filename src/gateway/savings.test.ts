import { describe, expect, it } from 'vitest';
import type { Counterfactual } from '../core/decision.ts';
import type { UsagePart } from '../core/part.ts';
import type { ProviderSettings } from '../core/settings.ts';
import { usdFromPico } from '../core/money.ts';
import { usageOf } from '../core/usage.ts';
import { callFor } from '../policy/policy.contract.ts';
import { createPriceBook } from '../pricing/index.ts';
import { type Answered, billOf, type Pricing, wholeUsage } from './bill.ts';
import { decisionsOf } from './savings.ts';

const RULES = [
  { match: 'p/cheap', rates: { input: '1', output: '2', cacheRead: '0.1' }, discount: null },
  { match: 'p/dear', rates: { input: '10', output: '20' }, discount: null },
];
const CHEAP = { provider: 'p', model: 'cheap' };
const DEAR = { provider: 'p', model: 'dear' };

function provider(name: string, gpu: ProviderSettings['gpu'] = null): ProviderSettings {
  return {
    name,
    kind: 'openai-compatible',
    baseUrl: 'http://x',
    keys: [],
    dialects: null,
    headers: {},
    models: [],
    gpu,
  };
}

const pricing: Pricing = {
  prices: createPriceBook({ rules: RULES }),
  settings: {
    providers: { p: provider('p'), own: provider('own', { hourlyUsd: '3', count: 1, prefillWeight: 4 }) },
  },
  at: 1_800_000_000_000,
};

function used(input: number, output: number): UsagePart {
  return { type: 'usage', usage: usageOf({ input, output }), source: 'provider' };
}

function settled(instead: Counterfactual, answered: Partial<Answered> = {}, expense?: UsagePart | null) {
  const call = callFor('fast');
  call.trail.decide({ stage: 'lever', action: 'acted', why: 'because', instead });
  if (expense !== undefined) call.trail.spent({ stage: 'lever', why: 'asked', target: DEAR, usage: expense });
  const whole: Answered = {
    target: CHEAP,
    usage: used(1000, 100),
    stored: false,
    failed: false,
    ...answered,
  };
  const bill = billOf(pricing, call, whole, null);
  const [decision] = decisionsOf(pricing, call.trail.decisions, whole, bill);
  return { saved: decision?.savedUsd, total: bill.total.priced ? usdFromPico(bill.total.total) : null };
}

describe('what a decision saved', () => {
  it('is the price of what was avoided', () => {
    // 1,000 × $1/M + 100 × $2/M were paid; 500 more of input would have cost $0.0005.
    expect(settled({ avoided: { input: 500 } })).toEqual({ saved: '0.000500', total: '0.001200' });
  });

  it('is the price of another target, less what was paid', () => {
    expect(settled({ target: DEAR }).saved).toBe('0.010800');
  });

  it('is the whole price of an answer that was stored', () => {
    const usage = usageOf({ input: 1000, output: 100 });
    expect(settled({ usage, target: DEAR }, { stored: true, usage: null })).toEqual({
      saved: '0.012000',
      total: '0.000000',
    });
  });

  it('is less by what the stage spent, and may be negative', () => {
    // The lever asked the dear one for 100 × $10/M + 10 × $20/M = $0.0012.
    expect(settled({ avoided: { input: 500 } }, {}, used(100, 10))).toEqual({
      saved: '-0.000700',
      total: '0.002400',
    });
  });

  it('is a loss for tokens that would not have been sent, those at full price first', () => {
    expect(settled({ avoided: { input: -500 } })).toEqual({ saved: '-0.000500', total: '0.001200' });
    // 300 × $1/M, and 200 of 700 that were read from the cache at $0.1/M.
    const usage = { ...used(300, 100), usage: usageOf({ input: 300, cacheRead: 700, output: 100 }) };
    expect(settled({ avoided: { input: -500 } }, { usage }).saved).toBe('-0.000320');
    expect(settled({ avoided: { input: -5_000 } }, { usage }).saved).toBe('-0.000370');
  });

  it('is unknown where a price is, for machines paid by the hour, and for calls that failed', () => {
    expect(settled({ target: { provider: 'p', model: 'unheard-of' } }).saved).toBeUndefined();
    expect(settled({ target: { provider: 'own', model: 'llama' } }).saved).toBeUndefined();
    expect(settled({ avoided: { input: 5 } }, { failed: true }).saved).toBeUndefined();
    expect(settled({ avoided: { input: 5 } }, {}, null)).toEqual({ saved: undefined, total: null });
  });
});

describe('the bill of a call', () => {
  it('holds the machine once, with what stages asked elsewhere', () => {
    const call = callFor('fast');
    call.trail.spent({ stage: 'lever', why: 'asked', target: DEAR, usage: used(100, 10) });
    call.trail.spent({
      stage: 'lever',
      why: 'asked',
      target: { provider: 'own', model: 'x' },
      usage: used(9, 9),
    });
    const machine = { priced: true, total: 5_000_000n, parts: [], version: 'gpu' } as const;
    const answered = {
      target: { provider: 'own', model: 'x' },
      usage: used(7, 7),
      stored: false,
      failed: false,
    };
    const { total } = billOf(pricing, call, answered, machine);
    expect(total).toMatchObject({ priced: true, total: 1_205_000_000n });
    expect(wholeUsage(answered.usage, call.trail.expenses)?.usage).toMatchObject({ input: 116, output: 26 });
  });

  it('is priced at the list when an answer came from elsewhere than the machine that failed', () => {
    const machine = { priced: true, total: 5_000_000n, parts: [], version: 'gpu' } as const;
    const answered = { target: CHEAP, usage: used(1000, 100), stored: false, failed: false };
    expect(billOf(pricing, callFor('fast'), answered, machine).total).toMatchObject({
      total: 1_205_000_000n,
    });
  });
});
