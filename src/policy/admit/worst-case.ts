import type { Call } from '../../core/call.ts';
import type { Prompt } from '../../core/content.ts';
import { type PicoUsd } from '../../core/money.ts';
import type { PriceBook } from '../../core/ports.ts';
import type { ProviderSettings } from '../../core/settings.ts';
import { type Target } from '../../core/target.ts';
import { type Usage, usageOf } from '../../core/usage.ts';

/** What a picture, a page or a sound behind a URL may take: more than the providers' published maxima for one. */
const MEDIA_TOKENS = 25_000;
/** For what stands around the messages. */
const FRAME_TOKENS = 200;

export type WorstCase =
  | { readonly kind: 'bounded'; readonly cost: PicoUsd }
  /** Nothing bounds it: the time of a machine, or an endpoint whose content is not understood. */
  | { readonly kind: 'unbounded' }
  | { readonly kind: 'unpriced'; readonly why: string };

export interface WorstCaseDeps {
  readonly prices: PriceBook;
  readonly providers: Readonly<Record<string, ProviderSettings>>;
}

/**
 * An upper bound of what a call can cost at a target. No token is shorter than one byte of UTF-8, so that a prompt has no
 * more tokens than bytes: no tokenizer is needed, and none can be wrong.
 * @param mostOutputTokens what bounds the answer
 */
export function worstCase(
  { prices, providers }: WorstCaseDeps,
  call: Call,
  target: Target,
  mostOutputTokens: number,
): WorstCase {
  const provider = providers[target.provider];
  if (call.operation === 'relay' || !provider || provider.gpu) return { kind: 'unbounded' };
  const input = inputBound(call);
  const output = call.operation === 'generate' ? mostOutputTokens * choicesOf(call) : 0;
  let worst: PicoUsd = 0n;
  for (const usage of waysToBill(input, output, call)) {
    const serviceTier = call.operation === 'generate' ? (call.prompt().serviceTier ?? null) : null;
    for (const tier of new Set([serviceTier, null])) {
      const cost = prices.price({
        target,
        servedModel: null,
        providerKind: provider.kind,
        usage,
        at: call.receivedAt,
        serviceTier: tier,
      });
      if (!cost.priced) {
        // A provider without such a cache bills no writes to it.
        if (usage.input === 0) continue;
        return { kind: 'unpriced', why: cost.why };
      }
      if (cost.total > worst) worst = cost.total;
    }
  }
  return { kind: 'bounded', cost: worst };
}

/** Input is billed as such, or as written to a cache, which may be dearer. */
function waysToBill(input: number, output: number, call: Call): Usage[] {
  const plain = usageOf({ input, output });
  if (call.operation !== 'generate') return [plain];
  return [plain, usageOf({ cacheWrite5m: input, output }), usageOf({ cacheWrite1h: input, output })];
}

function inputBound(call: Call): number {
  const bytes = call.rewritten ? promptBytes(call.prompt()) : call.wire.body.length;
  const media = call.operation === 'generate' ? mediaCount(call.prompt()) : 0;
  return bytes + media * MEDIA_TOKENS + FRAME_TOKENS;
}

function promptBytes(prompt: Prompt): number {
  // JSON holds every text whole, and more around it than a provider's template adds.
  return Buffer.byteLength(JSON.stringify([prompt.messages, prompt.tools, prompt.format]));
}

function mediaCount({ messages }: Prompt): number {
  let count = 0;
  for (const { content } of messages)
    for (const block of content) {
      if (block.type === 'media') count += 1;
      if (block.type === 'tool-result') count += block.content.filter(({ type }) => type === 'media').length;
    }
  return count;
}

/** Several answers to one prompt (`n`, `candidateCount`) are as many outputs. */
function choicesOf({ body }: Call): number {
  const config = body?.['generationConfig'] ?? body?.['generation_config'];
  const nested = typeof config === 'object' && config !== null && !Array.isArray(config) ? config : {};
  const n = body?.['n'] ?? ('candidateCount' in nested ? nested['candidateCount'] : 1);
  return typeof n === 'number' && Number.isInteger(n) && n > 1 ? n : 1;
}
