import type { Call } from '../../core/call.ts';
import type { Prompt } from '../../core/content.ts';
import type { PicoUsd } from '../../core/money.ts';
import type { PriceBook } from '../../core/ports.ts';
import type { ProviderSettings } from '../../core/settings.ts';
import { formatTarget, type Target } from '../../core/target.ts';
import { NO_USAGE } from '../../core/usage.ts';
import type { ModelTable } from './stats/model-table.ts';

/** What a call will probably consume, before anybody counted. */
export interface Expected {
  readonly input: number;
  /** Tokens asked for at most; null when the client leaves it open. */
  readonly mostOutput: number | null;
}

/** Bytes of UTF-8 a token takes in most languages. */
const BYTES_A_TOKEN = 4;
/** Tokens that an image, a sound or a page costs, where nobody knows. */
const MEDIA_TOKENS = 1_000;
/** Output of a target that never answered, when no other did either. */
const USUAL_OUTPUT = 300;
const LOOKED_AT = 8_192;
const PICO_PER_USD = 1e12;

/** Judges the length of the call's input without a tokenizer: what is compared are targets, for one input. */
export function expectedOf(call: Call, prompt: Prompt | null): Expected {
  const mostOutput = prompt?.sampling.maxOutputTokens ?? null;
  if (call.operation === 'embed') return { input: call.wire.body.length / BYTES_A_TOKEN, mostOutput: 0 };
  return { input: prompt ? inputTokens(prompt) : call.wire.body.length / BYTES_A_TOKEN, mostOutput };
}

function inputTokens(prompt: Prompt): number {
  let bytes = 0;
  let media = 0;
  const read = (text: string): void => {
    bytes += bytesOf(text);
  };
  for (const { content } of prompt.messages)
    for (const block of content)
      switch (block.type) {
        case 'text':
        case 'reasoning':
          read(block.text);
          break;
        case 'tool-call':
          read(block.arguments);
          break;
        case 'tool-result':
          for (const part of block.content) if (part.type === 'text') read(part.text);
          break;
        case 'media':
          media += 1;
          break;
      }
  for (const { description, parameters } of prompt.tools)
    bytes += (description?.length ?? 0) + JSON.stringify(parameters).length;
  return bytes / BYTES_A_TOKEN + media * MEDIA_TOKENS;
}

/** Of a long text, what its beginning tells. */
function bytesOf(text: string): number {
  if (text.length <= LOOKED_AT) return Buffer.byteLength(text);
  return (Buffer.byteLength(text.slice(0, LOOKED_AT)) * text.length) / LOOKED_AT;
}

/** Prices what a call will probably cost at each target. */
export class CostEstimator {
  readonly #prices: PriceBook;
  readonly #providers: Readonly<Record<string, ProviderSettings>>;
  readonly #table: ModelTable;
  readonly #at: number;

  /** @param at epoch milliseconds; prices are dated */
  constructor(
    prices: PriceBook,
    providers: Readonly<Record<string, ProviderSettings>>,
    table: ModelTable,
    at: number,
  ) {
    this.#prices = prices;
    this.#providers = providers;
    this.#table = table;
    this.#at = at;
  }

  /** The output that is expected of a target, from its own answers of late; `others` where there are none. */
  outputTokens(name: string, { mostOutput }: Expected, others: number | null): number {
    const usual = this.#table.outputTokens(name) ?? others ?? USUAL_OUTPUT;
    return Math.min(usual, mostOutput ?? Number.POSITIVE_INFINITY);
  }

  /** Null when no price is known, neither by list nor by what calls cost of late. */
  cost(target: Target, input: number, output: number): PicoUsd | null {
    const usage = { ...NO_USAGE, input: Math.ceil(input), output: Math.ceil(output) };
    const provider = this.#providers[target.provider];
    if (provider && !provider.gpu) {
      const priced = this.#prices.price({
        target,
        servedModel: null,
        providerKind: provider.kind,
        usage,
        at: this.#at,
        serviceTier: null,
      });
      if (priced.priced) return priced.total;
    }
    const usdPerToken = this.#table.stats(formatTarget(target))?.usdPerToken.mean ?? null;
    return usdPerToken === null ? null : BigInt(Math.round(usdPerToken * (input + output) * PICO_PER_USD));
  }
}
