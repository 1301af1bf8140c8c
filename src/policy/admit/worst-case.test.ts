import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call } from '../../core/call.ts';
import type { Message, Prompt } from '../../core/content.ts';
import { picoFromUsd, usdFromPico } from '../../core/money.ts';
import type { TokenCounter } from '../../core/ports.ts';
import type { ProviderSettings } from '../../core/settings.ts';
import { createPriceBook } from '../../pricing/index.ts';
import { callFor } from '../policy.contract.ts';
import { countedBound, inputBound } from './input-bound.ts';
import { worstCase, type WorstCaseDeps } from './worst-case.ts';

const provider = (kind: string, gpu = false): ProviderSettings => ({
  name: kind,
  kind,
  baseUrl: 'http://127.0.0.1:1',
  keys: [],
  dialects: null,
  headers: {},
  models: [],
  gpu: gpu ? { hourlyUsd: '3', count: 1, prefillWeight: 4 } : null,
});
const deps: WorstCaseDeps = {
  prices: createPriceBook({
    rules: [
      {
        match: 'dear/*',
        rates: { input: '1', cacheWrite5m: '2', cacheWrite1h: '4', output: '10', outputAudio: '40' },
        discount: null,
      },
      { match: 'plain/*', rates: { input: '1', output: '10' }, discount: null },
    ],
  }),
  providers: {
    dear: provider('openai-compatible'),
    plain: provider('openai-compatible'),
    gpu: provider('openai-compatible', true),
    other: provider('openai-compatible'),
  },
  windowOf: ({ model }) => (model === 'windowed' ? 100_000 : null),
  mostOutputOf: () => null,
};
const tokens: TokenCounter = {
  count: async (text) => ({ tokens: Math.ceil(text.length / 4), exact: true }),
};

function asking(messages: readonly Message[], change: Partial<Prompt> = {}, more: Partial<Call> = {}): Call {
  const prompt: Prompt = {
    messages,
    tools: [],
    sampling: { maxOutputTokens: 100 },
    format: { kind: 'text' },
    extras: {},
    ...change,
  };
  const body = Buffer.from(JSON.stringify({ messages }));
  const wire = { method: 'POST', url: '/v1/chat/completions', headers: {}, body };
  return callFor('m', { prompt: () => prompt, wire, ...more });
}

const says = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const cost = (call: Call, target = { provider: 'plain', model: 'm' }, output = 100): string => {
  const worst = worstCase(deps, call, target, output);
  return worst.kind === 'bounded' ? usdFromPico(worst.cost) : worst.kind;
};

describe('the worst case of a call', () => {
  it('is its bytes as tokens, and all of its output', () => {
    const call = asking([says('Hello?')]);
    const input = call.wire.body.length + 200;
    expect(cost(call)).toBe(usdFromPico(picoFromUsd('0.000001') * BigInt(input + 1000)));
  });

  it('is billed the dearest way: written to a cache, spoken', () => {
    const call = asking([says('Hello?')]);
    const input = BigInt(call.wire.body.length + 200);
    const spoken = picoFromUsd('0.000001') * (input + 4000n);
    const written = picoFromUsd('0.000001') * (4n * input + 1000n);
    expect(cost(call, { provider: 'dear', model: 'm' })).toBe(
      usdFromPico(spoken > written ? spoken : written),
    );
  });

  it.each([
    [{ n: 3 }],
    [{ generationConfig: { candidateCount: 3 } }],
    [{ generation_config: { candidate_count: 3 } }],
  ])('has an output for each answer asked for: %j', (body) => {
    const call = asking([says('Hello?')], {}, { body });
    const one = picoFromUsd(cost(asking([says('Hello?')])));
    expect(picoFromUsd(cost(call)) - one).toBe(picoFromUsd('0.002'));
  });

  it.each([
    ['n' as const, 0],
    ['n' as const, -4],
    ['n' as const, 1.5],
    ['n' as const, '9'],
  ])('is never less for a strange %s of %j', (name, value) => {
    const call = asking([says('Hello?')], {}, { body: { [name]: value } });
    expect(cost(call)).toBe(cost(asking([says('Hello?')])));
  });

  it('is unknown for machines, relays and models without a price', () => {
    expect(cost(asking([says('x')]), { provider: 'gpu', model: 'm' })).toBe('unbounded');
    expect(cost(callFor('m', { operation: 'relay' }))).toBe('unbounded');
    expect(cost(asking([says('x')]), { provider: 'other', model: 'unheard-of' })).toBe('unpriced');
  });

  it('is the window’s where the request stands for more than its bytes, and unknown without one', () => {
    const document = {
      type: 'media',
      mediaType: 'application/pdf',
      source: { kind: 'base64', data: 'AAAA' },
    } as const;
    const beyond: Call[] = [
      asking([says('x')], { extras: { previous_response_id: 'resp_1' } }),
      asking([says('x')], { extras: { 'tools[0]': { type: 'web_search' } } }),
      asking([says('x')], { extras: { cachedContent: 'cachedContents/1' } }),
      asking([{ role: 'user', content: [document] }]),
      asking([{ role: 'user', content: [{ ...document, source: { kind: 'url', url: 'https://x.y/z' } }] }]),
      asking([
        {
          role: 'user',
          content: [{ type: 'tool-result', callId: 'c', name: 'n', isError: false, content: [document] }],
        },
      ]),
    ];
    for (const call of beyond) {
      expect(inputBound(call, 100_000)).toBe(100_000);
      expect(cost(call)).toBe('unpriced');
      expect(cost(call, { provider: 'plain', model: 'windowed' }, 0)).toBe('0.100000');
    }
  });

  it('bounds pictures wherever they are', () => {
    const picture = {
      type: 'media',
      mediaType: 'image/*',
      source: { kind: 'url', url: 'https://x.y/z' },
    } as const;
    const call = asking([{ role: 'user', content: [picture, picture] }]);
    expect(inputBound(call, null)).toBe(call.wire.body.length + 100_200);
  });

  it('is never below what any text takes, rewritten or not', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }), async (texts) => {
        const call = asking(texts.map(says));
        // No token is shorter than a byte.
        const most = texts.reduce((sum, text) => sum + Buffer.byteLength(text.toWellFormed()), 0);
        expect(inputBound(call, null)).toBeGreaterThanOrEqual(most);
        expect(inputBound({ ...call, rewritten: true }, null)).toBeGreaterThanOrEqual(most);
        expect(await countedBound(call, 'm', tokens)).toBeLessThanOrEqual(Number(inputBound(call, null)));
      }),
    );
  });

  it('is counted only where text is all there is and the tokenizer is public', async () => {
    const sound = {
      type: 'media',
      mediaType: 'audio/wav',
      source: { kind: 'base64', data: 'AAAA' },
    } as const;
    expect(await countedBound(asking([says('x')]), 'm', tokens)).toBe(1 + 8 + 200);
    expect(await countedBound(asking([says('x')], { extras: { store: true } }), 'm', tokens)).toBeNull();
    expect(await countedBound(asking([{ role: 'user', content: [sound] }]), 'm', tokens)).toBeNull();
    const guess = { count: async () => ({ tokens: 1, exact: false }) };
    expect(await countedBound(asking([says('x')]), 'm', guess)).toBeNull();
  });
});
