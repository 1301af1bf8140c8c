import { describe, expect, it } from 'vitest';
import { picoFromUsd } from '../core/money.ts';
import type { PricedCost } from '../core/price.ts';
import type { PriceRule } from '../core/settings.ts';
import { type Usage, usageOf } from '../core/usage.ts';
import { createPriceBook } from './price-book.ts';
import { LIST_VERSION } from './price-list.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const listed = createPriceBook({ rules: [] });

interface Asked {
  readonly kind?: string;
  readonly at?: number;
  readonly tier?: string | null;
  readonly served?: string | null;
  readonly rules?: readonly PriceRule[];
}

function price(target: string, usage: Partial<Usage>, asked: Asked = {}): PricedCost {
  const [provider = '', ...model] = target.split('/');
  const book = asked.rules ? createPriceBook({ rules: asked.rules }) : listed;
  return book.price({
    target: { provider, model: model.join('/') },
    servedModel: asked.served ?? null,
    providerKind: asked.kind ?? provider,
    usage: usageOf(usage),
    at: asked.at ?? NOW,
    serviceTier: asked.tier ?? null,
  });
}

function usd(cost: PricedCost): string {
  if (!cost.priced) throw new Error(`unpriced: ${cost.why}`);
  return (Number(cost.total) / 1e12).toString();
}

function why(cost: PricedCost): string {
  if (cost.priced) throw new Error('it has a price');
  return cost.why;
}

function rule(match: string, rest: Partial<PriceRule>): PriceRule {
  return { match, rates: null, discount: null, ...rest };
}

describe('the list', () => {
  it('bills cached tokens once, at the cached rate (STYLE case 4)', () => {
    const cost = price('openai/gpt-5', { input: 2_000, cacheRead: 8_000, output: 500 });
    expect(usd(cost)).toBe('0.0085');
    expect(cost).toEqual({
      priced: true,
      total: picoFromUsd('0.0085'),
      version: 'genai-prices@0.1.8',
      parts: [
        {
          kind: 'input',
          units: 2_000,
          rateUsd: '1.250000',
          per: 'million-tokens',
          cost: picoFromUsd('0.0025'),
        },
        {
          kind: 'cacheRead',
          units: 8_000,
          rateUsd: '0.125000',
          per: 'million-tokens',
          cost: picoFromUsd('0.001'),
        },
        {
          kind: 'output',
          units: 500,
          rateUsd: '10.000000',
          per: 'million-tokens',
          cost: picoFromUsd('0.005'),
        },
      ],
    });
  });

  it('bills 5-minute and 1-hour cache writes apart', () => {
    const usage = {
      input: 100,
      cacheWrite5m: 10_000,
      cacheWrite1h: 20_000,
      cacheRead: 50_000,
      output: 1_000,
    };
    expect(usd(price('anthropic/claude-sonnet-4-5', usage))).toBe('0.1878');
    expect(usd(price('anthropic/claude-sonnet-4-5-20250929', usage))).toBe('0.1878');
  });

  it('bills the whole call by the long-context rate, 1-hour writes included (STYLE case 4)', () => {
    expect(
      usd(
        price('google/gemini-2.5-pro', {
          input: 150_000,
          cacheRead: 100_000,
          output: 4_000,
          reasoning: 3_000,
        }),
      ),
    ).toBe('0.46');
    expect(usd(price('anthropic/claude-sonnet-4-5', { input: 100_001, cacheWrite1h: 100_000 }))).toBe(
      '1.800006',
    );
    expect(usd(price('anthropic/claude-sonnet-4-5', { input: 100_000, cacheWrite1h: 100_000 }))).toBe('0.9');
  });

  it('counts every kind of prompt token towards the length', () => {
    expect(usd(price('openai/gpt-5.4', { input: 1, cacheRead: 271_999, output: 1_000_000 }))).toContain(
      '22.6',
    );
    expect(usd(price('openai/gpt-5.4', { input: 1, cacheRead: 271_998, output: 1_000_000 }))).toContain(
      '15.0',
    );
  });

  it('knows that prices change', () => {
    const usage = { input: 1_000_000 };
    expect(usd(price('openai/o3', usage, { at: Date.UTC(2025, 5, 9, 23, 59) }))).toBe('10');
    expect(usd(price('openai/o3', usage, { at: Date.UTC(2025, 5, 10) }))).toBe('2');
    expect(usd(price('google/gemini-3.8-flash', usage, { at: Date.UTC(2026, 11, 31, 23, 59) }))).toBe('0.75');
    expect(usd(price('google/gemini-3.8-flash', usage, { at: Date.UTC(2027, 0, 1) }))).toBe('1.5');
  });

  it('knows aliases, dated names, fine-tuned names and names as other clouds write them', () => {
    const usage = { input: 1_000_000 };
    expect(usd(price('openai/gpt-4o-2024-08-06', usage))).toBe('2.5');
    expect(usd(price('openai/gpt-4o-20240806', usage))).toBe('2.5');
    expect(usd(price('openai/gpt-35-turbo', usage))).toBe('0.5');
    expect(usd(price('openai/ft:gpt-4o-mini-2024-07-18:acme::abc', usage))).toBe('0.3');
    expect(usd(price('google/models/gemini-2.5-flash', usage))).toBe('0.3');
  });

  it('prices the model that answered, and the one that was asked for where that one is not listed', () => {
    const usage = { input: 1_000_000 };
    expect(usd(price('openai/my-deployment', usage, { served: 'gpt-4o-2024-08-06' }))).toBe('2.5');
    expect(usd(price('openai/gpt-4o', usage, { served: 'gpt-4o-2024-05-13' }))).toBe('5');
    expect(usd(price('openai/gpt-4o', usage, { served: 'gpt-4o-2031-01-01' }))).toBe('2.5');
  });

  it('never prices an unknown model as free (STYLE case 6)', () => {
    expect(why(price('openai/gpt-4o-mni', { input: 1 }))).toMatch(
      /^openai\/gpt-4o-mni has no price: genai-prices@0\.1\.8 does not know the model \(it knows gpt-4o-mini, .*\); prices\.rules can give one$/,
    );
    expect(why(price('openai/zzz', { input: 0 }))).not.toContain('knows');
    expect(why(price('our-vllm/llama-4', { input: 1 }, { kind: 'openai-compatible' }))).toBe(
      'no price is configured for our-vllm/llama-4; add it to prices.rules, or gpu to its provider',
    );
    expect(why(price(`openai/${'x'.repeat(1_000_000)}`, { input: 1 })).length).toBeLessThan(200);
  });

  it('prices as zero what the list says is free of charge', () => {
    expect(usd(price('openai/omni-moderation-latest', { input: 1_000 }))).toBe('0');
    expect(usd(price('google/gemma-3-27b-it', { input: 1_000, output: 1_000 }))).toBe('0');
  });

  it('does not price models by units that are not metered', () => {
    expect(why(price('openai/whisper-1', {}))).toContain('audio_hours');
    expect(why(price('google/gemini-omni-flash-preview', { input: 1, output: 1 }))).toContain(
      'output_video_mtok',
    );
    expect(usd(price('google/gemini-omni-flash-preview', { input: 1_000_000 }))).toBe('1.5');
  });

  it('refuses usage that is no count', () => {
    expect(why(price('openai/gpt-5', { input: Number.NaN }))).toContain('NaN for input');
    expect(why(price('openai/gpt-5', { output: -1 }))).toContain('-1 for output');
    expect(why(price('openai/gpt-5', { output: 1.5 }))).toContain('1.5 for output');
  });
});

describe('kinds without a rate of their own', () => {
  it('are input where the provider gives nothing off for caching', () => {
    expect(usd(price('openai/gpt-4o-2024-05-13', { cacheRead: 1_000_000 }))).toBe('5');
    expect(usd(price('openai/gpt-4o', { cacheWrite5m: 500_000, cacheWrite1h: 500_000 }))).toBe('2.5');
  });

  it('have no price where only the cheaper kind of cache write has one', () => {
    expect(why(price('google/claude-sonnet-4-5', { cacheWrite1h: 1 }))).toContain('cacheWrite1h');
  });

  it('are text where the provider lists every audio rate that differs', () => {
    expect(usd(price('google/gemini-2.5-flash', { input: 1_000_000, inputAudio: 1_000_000 }))).toBe('1');
    expect(usd(price('google/gemini-3.5-flash-lite', { input: 1_000_000, inputAudio: 1_000_000 }))).toBe(
      '0.3',
    );
    expect(usd(price('google/gemini-2.5-flash', { cacheRead: 1_000_000, cacheReadAudio: 500_000 }))).toBe(
      '0.065',
    );
  });

  it('are never text at a provider that charges more for audio than it lists', () => {
    const audio = { input: 1_000_000, inputAudio: 1_000_000, output: 1_000_000, outputAudio: 1_000_000 };
    expect(usd(price('openai/gpt-4o-audio-preview', audio))).toBe('120');
    expect(usd(price('openai/gpt-4o-audio-preview-2024-10-01', audio))).toBe('300');
    expect(usd(price('openai/gpt-4o-mini-audio-preview', audio))).toBe('30');
    expect(usd(price('openai/gpt-audio', audio))).toBe('96');
    expect(price('openai/gpt-4o-audio-preview', audio)).toMatchObject({ version: `${LIST_VERSION}+audio` });
    expect(why(price('openai/gpt-4o', audio))).toContain('inputAudio');
  });

  it('tell images apart only where that is dearer', () => {
    expect(usd(price('openai/gpt-4o', { input: 1_000_000, inputImage: 400_000 }))).toBe('2.5');
    expect(usd(price('google/gemini-2.5-flash-image', { output: 1_000_000, outputImage: 900_000 }))).toBe(
      '27.25',
    );
    expect(why(price('google/gemini-2.5-flash', { output: 10, outputImage: 10 }))).toContain('outputImage');
  });

  it('are searches by the thousand, never free', () => {
    expect(usd(price('openai/gpt-4.1', { webSearches: 3, fileSearches: 2 }))).toBe('0.035');
    expect(usd(price('anthropic/claude-sonnet-4-5', { webSearches: 1 }))).toBe('0.01');
    expect(why(price('google/gemini-2.5-flash', { webSearches: 1 }))).toContain('webSearches');
  });

  it('never make a part larger than its whole', () => {
    expect(usd(price('openai/gpt-audio', { input: 1_000_000, inputAudio: 5_000_000 }))).toBe('32');
  });
});

describe('service tiers, as served (STYLE case 5)', () => {
  const million = { input: 1_000_000, cacheRead: 1_000_000, output: 1_000_000 };

  it('cost the list price when they are the standard one', () => {
    for (const tier of [null, '', 'default', 'auto', 'standard', 'DEFAULT'])
      expect(usd(price('openai/gpt-4.1', million, { tier }))).toBe('10.5');
    expect(price('openai/gpt-4.1', million, { tier: 'default' })).toMatchObject({ version: LIST_VERSION });
  });

  it('cost half in batch and flex, but for fees', () => {
    expect(usd(price('openai/o3', million, { tier: 'flex' }))).toBe('5.25');
    expect(usd(price('openai/gpt-4.1', { webSearches: 1_000 }, { tier: 'batch' }))).toBe('10');
    expect(usd(price('google/gemini-2.5-flash', { input: 1_000_000 }, { tier: 'FLEX' }))).toBe('0.15');
    const claude = {
      input: 100,
      cacheWrite5m: 10_000,
      cacheWrite1h: 20_000,
      cacheRead: 50_000,
      output: 1_000,
    };
    const half = price('anthropic/claude-sonnet-4-5', claude, { tier: 'batch' });
    expect(usd(half)).toBe('0.0939');
    expect(half).toMatchObject({ version: `${LIST_VERSION}+tiers` });
  });

  it('halve the long-context rates too', () => {
    expect(usd(price('google/gemini-2.5-pro', { input: 250_000 }, { tier: 'batch' }))).toBe('0.3125');
  });

  it('cost what the table says in priority, under both of its names', () => {
    expect(usd(price('openai/gpt-4o', million, { tier: 'priority' }))).toBe('23.375');
    expect(usd(price('openai/gpt-4o-2024-08-06', million, { tier: 'fast' }))).toBe('23.375');
    expect(usd(price('openai/gpt-5-mini', million, { tier: 'priority' }))).toBe('4.095');
    expect(
      usd(price('openai/gpt-5.6-sol', { input: 100_000 }, { tier: 'fast', at: Date.UTC(2026, 7, 21) })),
    ).toBe('0.8');
    expect(usd(price('google/gemini-3.8-flash', { input: 1_000_000 }, { tier: 'priority' }))).toBe('1.35');
  });

  it('are unpriced, never standard, where their price is not known', () => {
    expect(why(price('openai/gpt-3.5-turbo', million, { tier: 'priority' }))).toContain('priority');
    expect(why(price('openai/gpt-5.6-sol', million, { tier: 'fast', at: Date.UTC(2026, 6, 29) }))).toContain(
      'fast',
    );
    expect(why(price('openai/gpt-3.5-turbo', million, { tier: 'flex' }))).toContain('not offered');
    expect(why(price('openai/gpt-4o', million, { tier: 'ultrafast' }))).toContain('ultrafast');
    expect(why(price('anthropic/claude-sonnet-4-5', million, { tier: 'priority' }))).toContain('contract');
    expect(why(price('openai/gpt-4o', { input: 10, inputAudio: 10 }, { tier: 'priority' }))).toContain(
      'openai/gpt-4o',
    );
  });

  it('are unpriced over the length of prompt that they serve', () => {
    expect(usd(price('openai/gpt-5.4', { input: 200_000 }, { tier: 'priority' }))).toBe('1');
    expect(why(price('openai/gpt-5.4', { input: 272_000 }, { tier: 'priority' }))).toContain('272000 tokens');
  });
});

describe('configured prices', () => {
  it('price servers that no list knows', () => {
    const rules = [rule('our-vllm/*', { rates: { input: '0.10', output: '0.4' } })];
    const cost = price(
      'our-vllm/meta/llama-4',
      { input: 1_000_000, cacheRead: 1_000_000, output: 1_000_000 },
      { kind: 'openai-compatible', rules },
    );
    expect(usd(cost)).toBe('0.6');
    expect(cost).toMatchObject({ version: 'config' });
    expect(why(price('our-vllm/llama', { webSearches: 1 }, { kind: 'openai-compatible', rules }))).toContain(
      'prices.rules',
    );
  });

  it('stand above the list kind by kind, in every tier and at every length', () => {
    const rules = [rule('openai/gpt-5.4', { rates: { input: '1' } })];
    expect(usd(price('openai/gpt-5.4', { input: 1_000_000, output: 1_000_000 }, { rules }))).toBe('23.5');
    expect(usd(price('openai/gpt-5.4', { input: 1_000_000 }, { rules, tier: 'ultrafast' }))).toBe('1');
    expect(why(price('openai/gpt-5.4', { output: 1 }, { rules, tier: 'ultrafast' }))).toContain('ultrafast');
    expect(price('openai/gpt-5.4', { input: 1 }, { rules })).toMatchObject({
      version: `${LIST_VERSION}+config`,
    });
  });

  it('show a discount as a line of its own', () => {
    const rules = [rule('openai/*', { discount: '0.15' })];
    const cost = price('openai/gpt-5', { input: 2_000, cacheRead: 8_000, output: 500 }, { rules });
    expect(usd(cost)).toBe('0.007225');
    expect(cost.priced && cost.parts.at(-1)).toEqual({
      kind: 'adjustment',
      units: 1,
      rateUsd: '-1.275000',
      per: 'thousand',
      cost: picoFromUsd('-0.001275'),
    });
    expect(usd(price('anthropic/claude-sonnet-4-5', { input: 1_000_000 }, { rules }))).toBe('6');
  });

  it('come from the first rule that matches, and match nothing by accident', () => {
    const rules = [
      rule('openai/gpt-4o', { rates: { input: '1' } }),
      rule('openai/gpt-*', { rates: { input: '2' } }),
      rule('*', { rates: { input: '3' } }),
    ];
    const input = { input: 1_000_000 };
    expect(usd(price('openai/gpt-4o', input, { rules }))).toBe('1');
    expect(usd(price('openai/gpt-4o-mini', input, { rules }))).toBe('2');
    expect(usd(price('openai/o3', input, { rules }))).toBe('3');
    expect(
      usd(
        price('openai/gptx4o', input, {
          rules: [rule('openai/gpt.4o', { rates: { input: '1' } }), rule('*', { rates: { input: '2' } })],
        }),
      ),
    ).toBe('2');
  });

  it('are refused with the rule and the field', () => {
    const refused =
      (rest: Partial<PriceRule>): (() => unknown) =>
      () =>
        createPriceBook({ rules: [rule('a/*', rest)] });
    expect(refused({ rates: { inputs: '1' } })).toThrow(
      /"a\/\*" has a rate for "inputs"; the kinds are input, /,
    );
    expect(refused({ rates: { input: 'cheap' } })).toThrow(/"a\/\*", rates.input: not a decimal amount/);
    expect(refused({ rates: { input: '-1' } })).toThrow(/negative rates.input/);
    expect(refused({ discount: '15' })).toThrow(/discount 15; it must lie between 0 and 1/);
  });
});
