import type { JsonObject } from '../../core/json.ts';

export interface OfferedTool {
  readonly name: string;
  /** JSON Schema of the arguments; Gemini's upper-case dialect of it included. */
  readonly schema: JsonObject;
}

/** What a request asks for, in no provider's words: all that decides the simulated answer. */
export interface Ask {
  readonly api: string;
  readonly model: string;
  readonly stream: boolean;
  /** Everything that the model reads as text, in order; its length decides the token counts. */
  readonly promptText: string;
  /** The system prompt alone. */
  readonly systemText: string;
  readonly lastUserText: string;
  /** Text of the tool results that the last turn sent back; empty when it sent none. */
  readonly toolResults: readonly string[];
  readonly tools: readonly OfferedTool[];
  readonly toolChoice: 'auto' | 'none' | 'required' | { readonly name: string };
  readonly parallelTools: boolean;
  /** The schema that the answer must satisfy. */
  readonly schema: JsonObject | null;
  readonly jsonMode: boolean;
  readonly maxTokens: number | null;
  readonly stop: readonly string[];
  readonly images: number;
  /** True when the client asked the model to think, or the model always does. */
  readonly reasons: boolean;
  readonly serviceTier: string | null;
  /** Tokens of the prompt up to the last cache mark of each lifetime, 0 without one; null where long prompts are cached unasked. */
  readonly cacheMarked: { readonly '5m': number; readonly '1h': number } | null;
}
