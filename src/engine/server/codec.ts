import type { JsonObject } from '../../core/json.ts';

/** One message as chat templates know it: `role`, `content`, and what tools add. */
export type ChatMessage = JsonObject & { readonly role: string };

/** Text as the tokens of one model, and back. Long texts may be encoded elsewhere, so that others are served meanwhile. */
export interface PromptCodec {
  readonly vocabSize: number;
  /** With the token that begins texts, for models that have one. */
  encode(text: string): readonly number[] | Promise<readonly number[]>;
  /**
   * A conversation by the model's own template, up to where its answer begins.
   * @throws EngineError `bad_request` when the model has no template, or its template refuses the messages
   */
  encodeChat(
    messages: readonly ChatMessage[],
    tools: readonly JsonObject[],
  ): readonly number[] | Promise<readonly number[]>;
  /** The bytes that a token stands for; they may be a part of a character. */
  tokenBytes(token: number): Uint8Array;
  decode(tokens: readonly number[]): string;
}
