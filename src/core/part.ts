import type { AnswerLogprobs } from './logprobs.ts';
import type { Target } from './target.ts';
import type { Usage } from './usage.ts';

export const FINISH_REASONS = ['stop', 'length', 'tool-calls', 'content-filter', 'pause', 'other'] as const;
export type FinishReason = (typeof FINISH_REASONS)[number];

/**
 * One piece of an answer. A stream begins with `head` and ends with `finish`; failure is a thrown CallError.
 *
 * There are two kinds of streams. In a *relay* the client speaks the target's dialect: its bytes come as `wire` parts,
 * and only `head`, `usage` and `finish` stand beside them. Otherwise the content comes as typed parts.
 * Blocks open and close in order (`*-start`, `*-delta`…, `*-end`) and share an `id` unique in the answer.
 */
export type Part =
  | HeadPart
  | { readonly type: 'wire'; readonly chunks: readonly Uint8Array[] }
  | { readonly type: 'text-start'; readonly id: string }
  | { readonly type: 'text-delta'; readonly id: string; readonly text: string }
  | { readonly type: 'text-end'; readonly id: string }
  | { readonly type: 'reasoning-start'; readonly id: string }
  | { readonly type: 'reasoning-delta'; readonly id: string; readonly text: string }
  | {
      readonly type: 'reasoning-end';
      readonly id: string;
      readonly signature?: string;
      readonly redacted?: string;
    }
  | { readonly type: 'tool-call-start'; readonly id: string; readonly name: string }
  | { readonly type: 'tool-call-delta'; readonly id: string; readonly arguments: string }
  | { readonly type: 'tool-call-end'; readonly id: string; readonly signature?: string }
  | { readonly type: 'media'; readonly mediaType: string; readonly data: string }
  | { readonly type: 'embedding'; readonly index: number; readonly vector: readonly number[] }
  | { readonly type: 'token-count'; readonly inputTokens: number }
  | LogprobsPart
  | UsagePart
  | FinishPart;

export interface HeadPart {
  readonly type: 'head';
  readonly status: number;
  /** The provider's response headers, names in lower case; the gateway relays those that are fit to relay. */
  readonly headers: Readonly<Record<string, string>>;
  readonly target: Target;
  /** Things the target could not express and that were left out; shown to the client in `x-illm-warning`. */
  readonly warnings: readonly string[];
  /** True for an answer that was not made for this call: nothing was consumed, whatever its usage says. */
  readonly stored?: boolean;
}

/** How likely the tokens are whose text follows. Clients that did not ask for it do not get it. */
export interface LogprobsPart extends AnswerLogprobs {
  readonly type: 'logprobs';
}

/** What was consumed. The last one counts: providers report growing totals. */
export interface UsagePart {
  readonly type: 'usage';
  readonly usage: Usage;
  readonly source: 'provider' | 'estimated';
  /** The tier that served the call, in the provider's word: `default`, `flex`, `priority`, `batch`. */
  readonly serviceTier?: string;
  /** The model that answered, in the provider's word. */
  readonly model?: string;
}

export interface FinishPart {
  readonly type: 'finish';
  readonly reason: FinishReason;
  /** The stop sequence that ended the answer. */
  readonly stopSequence?: string;
}

/** True for parts after which a client has seen something, so that a retry would repeat it. */
export function isContent(part: Part): boolean {
  return part.type !== 'head' && part.type !== 'usage' && part.type !== 'finish';
}

/** True for parts that announce an answer without a token of it yet: a stream that dies after them can be tried again. */
export function isOpening(part: Part): boolean {
  switch (part.type) {
    case 'head':
    case 'usage':
    case 'text-start':
    case 'reasoning-start':
      return true;
    case 'text-delta':
    case 'reasoning-delta':
      return part.text === '';
    default:
      return false;
  }
}
