import type { Json, JsonObject } from './json.ts';
import type { LogprobsWish } from './logprobs.ts';

/** Marks the end of a prefix that the provider is asked to cache, for that long. */
export type CacheMark = '5m' | '1h';

/** Where the bytes of an image, document or sound are. A URL is passed on as it is and never fetched by us. */
export type MediaSource =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'base64'; readonly data: string }
  | { readonly kind: 'file'; readonly id: string };

export interface TextContent {
  readonly type: 'text';
  readonly text: string;
  readonly cache?: CacheMark;
}

export interface MediaContent {
  readonly type: 'media';
  /** A MIME type; `image/*`, `audio/*` or another family when the exact type is unknown. */
  readonly mediaType: string;
  readonly source: MediaSource;
  readonly filename?: string;
  readonly detail?: 'low' | 'high' | 'auto';
  readonly cache?: CacheMark;
}

export interface ReasoningContent {
  readonly type: 'reasoning';
  readonly text: string;
  /** Opaque proof that only the provider which made it can read. */
  readonly signature?: string;
  /** Opaque reasoning whose text the provider keeps to itself. */
  readonly redacted?: string;
}

export interface ToolCallContent {
  readonly type: 'tool-call';
  readonly id: string;
  readonly name: string;
  /** JSON text, exactly as the model wrote it. */
  readonly arguments: string;
  /** Gemini's thought signature of this call. */
  readonly signature?: string;
  readonly cache?: CacheMark;
}

export interface ToolResultContent {
  readonly type: 'tool-result';
  readonly callId: string;
  /** The tool's name; found from the call when the dialect does not repeat it. */
  readonly name: string;
  readonly content: readonly (TextContent | MediaContent)[];
  readonly isError: boolean;
  readonly cache?: CacheMark;
}

/** `system` messages keep their place in the conversation; a target without such places moves them to the front. */
export type Message =
  | { readonly role: 'system'; readonly content: readonly TextContent[] }
  | { readonly role: 'user'; readonly content: readonly (TextContent | MediaContent | ToolResultContent)[] }
  | {
      readonly role: 'assistant';
      readonly content: readonly (TextContent | MediaContent | ReasoningContent | ToolCallContent)[];
    };

export interface Tool {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments. */
  readonly parameters: JsonObject;
  readonly strict?: boolean;
  readonly cache?: CacheMark;
}

export type ToolChoice =
  | { readonly kind: 'auto' }
  | { readonly kind: 'none' }
  | { readonly kind: 'required' }
  | { readonly kind: 'tool'; readonly name: string };

export type OutputFormat =
  | { readonly kind: 'text' }
  | { readonly kind: 'json' }
  | {
      readonly kind: 'json-schema';
      readonly name: string;
      readonly description?: string;
      readonly schema: JsonObject;
      readonly strict?: boolean;
    };

export const REASONING_EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type ReasoningEffort = (typeof REASONING_EFFORTS)[number];

export interface Reasoning {
  readonly effort?: ReasoningEffort;
  /** Most tokens to think with. */
  readonly budgetTokens?: number;
  /** Whether the client wants to see the thoughts or their summary. */
  readonly visible?: boolean;
}

export interface Sampling {
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly maxOutputTokens?: number;
  readonly stop?: readonly string[];
  readonly seed?: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
}

/** A generation request in no provider's words. */
export interface Prompt {
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly sampling: Sampling;
  readonly format: OutputFormat;
  readonly reasoning?: Reasoning;
  readonly logprobs?: LogprobsWish;
  readonly serviceTier?: string;
  /** Keeps calls with the same beginning together in the provider's own cache. */
  readonly cacheKey?: string;
  /** End user, as the client names them. */
  readonly user?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Fields of the client's request that only its own dialect knows, by path. Crossing dialects, each is reported. */
  readonly extras: Readonly<Record<string, Json>>;
}

export interface EmbeddingInput {
  readonly inputs: readonly (string | readonly number[])[];
  readonly dimensions?: number;
  readonly encoding: 'float' | 'base64';
  readonly user?: string;
  readonly extras: Readonly<Record<string, Json>>;
}
