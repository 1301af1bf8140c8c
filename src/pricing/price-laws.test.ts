import { calcPrice, findProvider } from '@pydantic/genai-prices';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divideRounded, picoFromUsd } from '../core/money.ts';
import { NO_USAGE, promptTokens, type Usage, usageOf } from '../core/usage.ts';
import { createPriceBook, SLOT_MS } from './price-book.ts';
import { PRICE_KEYS } from './price-keys.ts';

const KINDS = ['openai', 'anthropic', 'google'];
const PER = { 'million-tokens': 1_000_000n, thousand: 1_000n, hour: 3_600_000n };

interface Entry {
  readonly kind: string;
  readonly model: string;
  readonly keys: readonly string[];
}

const entries: readonly Entry[] = KINDS.flatMap((kind) =>
  (findProvider({ providerId: kind })?.models ?? []).map((model) => ({
    kind,
    model: model.id,
    keys: (Array.isArray(model.prices) ? model.prices.map(({ prices }) => prices) : [model.prices]).flatMap(
      (prices) => Object.keys(prices),
    ),
  })),
);

const units = fc.oneof(fc.constant(0), fc.nat(300), fc.nat(400_000));
const searches = fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(5) });
const usages = fc
  .record({
    input: units,
    cacheRead: units,
    cacheWrite5m: units,
    cacheWrite1h: units,
    output: units,
    webSearches: searches,
    fileSearches: searches,
    audioShare: fc.nat(100),
  })
  .map(({ audioShare, ...counts }) => ({ ...NO_USAGE, ...counts, audioShare }));

const moments = fc.date({ min: new Date('2024-01-01'), max: new Date('2027-06-01'), noInvalidDate: true });

/** What the list's own calculation makes of the same usage, in its words: totals that include their parts. */
function libraryUsd(entry: Entry, usage: Usage, at: Date): number | null {
  const result = calcPrice(
    {
      input_tokens: promptTokens(usage),
      cache_read_tokens: usage.cacheRead,
      cache_write_tokens: usage.cacheWrite5m + usage.cacheWrite1h,
      cache_write_1h_tokens: usage.cacheWrite1h,
      output_tokens: usage.output,
      input_audio_tokens: usage.inputAudio,
      cache_audio_read_tokens: usage.cacheReadAudio,
      output_audio_tokens: usage.outputAudio,
      web_searches: usage.webSearches,
      storage_searches: usage.fileSearches,
    },
    entry.model,
    { providerId: entry.kind, timestamp: at },
  );
  return result && result.total_price;
}

describe('the price list and our exact sums', () => {
  it('agree wherever the list has a price for what was used', () => {
    const priced = entries.filter(({ kind, model, keys }) => {
      const resolved = calcPrice({}, model, { providerId: kind })?.model.id === model;
      return resolved && keys.length > 0 && keys.every((key) => 'prices' in (PRICE_KEYS.get(key) ?? {}));
    });
    expect(priced.length).toBeGreaterThan(130);
    const book = createPriceBook({ rules: [] });
    fc.assert(
      fc.property(fc.constantFrom(...priced), usages, moments, (entry, { audioShare, ...counts }, at) => {
        const has = (key: string): boolean => entry.keys.includes(key);
        const part = (whole: number): number => Math.floor((whole * audioShare) / 100);
        const output = has('output_mtok') ? counts.output : 0;
        const usage = usageOf({
          ...counts,
          output,
          cacheWrite1h: has('cache_write_1h_mtok') ? counts.cacheWrite1h : 0,
          cacheWrite5m: has('cache_write_mtok') ? counts.cacheWrite5m : 0,
          // A library model with cached text but no cached audio has no defined price for the overlap.
          inputAudio: has('input_audio_mtok') && !has('cache_read_mtok') ? part(counts.input) : 0,
          outputAudio: has('output_audio_mtok') ? part(output) : 0,
          webSearches: has('web_searches_kcount') ? counts.webSearches : 0,
          fileSearches: has('storage_searches_kcount') ? counts.fileSearches : 0,
        });
        const target = { provider: entry.kind, model: entry.model };
        const cost = book.price({
          target,
          servedModel: null,
          providerKind: entry.kind,
          usage,
          at: at.getTime(),
          serviceTier: null,
        });
        const expected = libraryUsd(entry, usage, at);
        if (!cost.priced) throw new Error(`${entry.model}: ${cost.why}`);
        expect(Math.abs(Number(cost.total) / 1e12 - (expected ?? Number.NaN))).toBeLessThan(1e-9);
      }),
      { numRuns: 2_000 },
    );
  });

  it('mean the same by every price key that occurs', () => {
    const unknown = entries.flatMap(({ keys }) => keys).filter((key) => !PRICE_KEYS.has(key));
    expect(unknown).toEqual([]);
  });

  it('change only at the edges of the time that a lookup is kept', () => {
    const edges = KINDS.flatMap((kind) => findProvider({ providerId: kind })?.models ?? [])
      .flatMap(({ prices }) => (Array.isArray(prices) ? prices : []))
      .flatMap(({ constraint }) => {
        if (!constraint) return [];
        if (constraint.type === 'start_date') return [Date.parse(constraint.start_date)];
        return [constraint.start_time, constraint.end_time].map((time) => Date.parse(`2026-01-01T${time}`));
      });
    expect(edges.length).toBeGreaterThan(5);
    for (const edge of edges) expect(edge % SLOT_MS).toBe(0);
  });
});

describe('every bill', () => {
  const tiers = fc.constantFrom(null, 'default', 'batch', 'flex', 'priority');
  const rules = fc.constantFrom(
    [],
    [{ match: '*', rates: null, discount: '0.137' }],
    [{ match: '*', rates: { input: '0.123456', output: '7.7' }, discount: '0.05' }],
    [{ match: '*', rates: { webSearches: '3.3' }, discount: '1' }],
  );

  it('sums to its total, and each line is its units at its rate', () => {
    let billed = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...entries),
        usages,
        moments,
        tiers,
        rules,
        (entry, usage, at, tier, rules) => {
          const cost = createPriceBook({ rules }).price({
            target: { provider: entry.kind, model: entry.model },
            servedModel: null,
            providerKind: entry.kind,
            usage,
            at: at.getTime(),
            serviceTier: tier,
          });
          if (!cost.priced) {
            expect(cost.why).toContain(`${entry.kind}/${entry.model}`);
            return;
          }
          billed += 1;
          expect(cost.parts.reduce((sum, part) => sum + part.cost, 0n)).toBe(cost.total);
          expect(cost.total).toBeGreaterThanOrEqual(0n);
          for (const { units, rateUsd, per, cost: line } of cost.parts)
            expect(line).toBe(divideRounded(BigInt(units) * picoFromUsd(rateUsd), PER[per]));
          expect(new Set(cost.parts.map(({ kind }) => kind)).size).toBe(cost.parts.length);
        },
      ),
      { numRuns: 1_500 },
    );
    expect(billed).toBeGreaterThan(300);
  });

  it('never throws, whatever is asked', () => {
    const book = createPriceBook({ rules: [] });
    const word = fc.oneof(fc.string(), fc.constantFrom('openai', 'o3', '__proto__', 'toString'));
    fc.assert(
      fc.property(word, word, word, fc.double(), fc.double(), (kind, model, tier, at, input) => {
        const query = { providerKind: kind, usage: usageOf({ input }), at, serviceTier: tier };
        const target = { provider: 'p', model };
        const cost = book.price({ ...query, target, servedModel: tier });
        expect(cost.priced ? cost.parts.length : cost.why.length).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('comes from a kept lookup in a few microseconds', () => {
    const book = createPriceBook({ rules: [] });
    const query = {
      target: { provider: 'openai', model: 'gpt-5' },
      servedModel: 'gpt-5-2025-08-07',
      providerKind: 'openai',
      usage: usageOf({ input: 2_000, cacheRead: 8_000, output: 500 }),
      at: Date.UTC(2026, 10, 24),
      serviceTier: 'default',
    };
    const round = (): number => {
      const start = performance.now();
      for (let call = 0; call < 2_000; call++) book.price(query);
      return (performance.now() - start) / 2_000;
    };
    const best = Math.min(...Array.from({ length: 10 }, round));
    expect(best * 1_000).toBeLessThan(30);
  });
});
