import type { Call } from '../../core/call.ts';
import { isObject } from '../../core/json.ts';
import type { PicoUsd } from '../../core/money.ts';
import type { PriceBook } from '../../core/ports.ts';
import type { ProviderSettings } from '../../core/settings.ts';
import type { Target } from '../../core/target.ts';
import { type Usage, usageOf } from '../../core/usage.ts';
import { inputBound } from './input-bound.ts';

export type WorstCase =
  | { readonly kind: 'bounded'; readonly cost: PicoUsd }
  /** Nothing bounds it: the time of a machine, or an endpoint whose content is not understood. */
  | { readonly kind: 'unbounded' }
  | { readonly kind: 'unpriced'; readonly why: string };

export interface WorstCaseDeps {
  readonly prices: PriceBook;
  readonly providers: Readonly<Record<string, ProviderSettings>>;
  /** Tokens that fit into the target's model; null when unknown. */
  readonly windowOf: (target: Target) => number | null;
  /** Most tokens that the target's model generates; null when unknown. */
  readonly mostOutputOf: (target: Target) => number | null;
}

/**
 * An upper bound of what a call can cost at a target. No token is shorter than one byte of UTF-8, so that a prompt has no
 * more tokens than bytes: no tokenizer is needed, and none can be wrong.
 * @param mostOutputTokens what bounds the answer
 * @param counted a tighter bound of the input, where one is known
 */
export function worstCase(
  { prices, providers, windowOf }: WorstCaseDeps,
  call: Call,
  target: Target,
  mostOutputTokens: number,
  counted: number | null = null,
): WorstCase {
  const provider = providers[target.provider];
  if (call.operation === 'relay' || !provider || provider.gpu) return { kind: 'unbounded' };
  const input = counted ?? inputBound(call, windowOf(target));
  if (typeof input === 'string') return { kind: 'unpriced', why: input };
  const output = call.operation === 'generate' ? mostOutputTokens * choicesOf(call) : 0;
  const asked = call.operation === 'generate' ? (call.prompt().serviceTier ?? null) : null;
  let worst: PicoUsd = 0n;
  for (const usage of waysToBill(input, output, call))
    for (const serviceTier of new Set([asked, null])) {
      const cost = prices.price({
        target,
        servedModel: null,
        providerKind: provider.kind,
        usage,
        at: call.receivedAt,
        serviceTier,
      });
      if (!cost.priced) {
        // A kind of usage that the model has no price for is not billed by it.
        if (isPlain(usage) && serviceTier === null) return { kind: 'unpriced', why: cost.why };
      } else if (cost.total > worst) worst = cost.total;
    }
  return { kind: 'bounded', cost: worst };
}

/** Input is billed as such, or as written to a cache, or as sound; output as text, sound or pictures. */
function waysToBill(input: number, output: number, call: Call): Usage[] {
  const plain = usageOf({ input, output });
  if (call.operation !== 'generate') return [plain];
  return [
    plain,
    usageOf({ cacheWrite5m: input, output }),
    usageOf({ cacheWrite1h: input, output }),
    usageOf({ input, inputAudio: input, output, outputAudio: output }),
    usageOf({ input, inputImage: input, output, outputImage: output }),
  ];
}

function isPlain({ cacheWrite5m, cacheWrite1h, inputAudio, inputImage }: Usage): boolean {
  return cacheWrite5m + cacheWrite1h + inputAudio + inputImage === 0;
}

/** Several answers to one prompt (`n`, `candidateCount`) are as many outputs. */
function choicesOf({ body }: Call): number {
  const config = body?.['generationConfig'] ?? body?.['generation_config'];
  const nested = isObject(config) ? (config['candidateCount'] ?? config['candidate_count']) : undefined;
  const n = body?.['n'] ?? nested ?? 1;
  return typeof n === 'number' && Number.isInteger(n) && n > 1 ? n : 1;
}
