import type { TokenizerData } from '../models/model.ts';
import { openChat } from './chat/chat.ts';
import type { ChatMessage } from './chat/chat-messages.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A prompt as it comes: a whole text, or a conversation and the tools that its answer may call. */
export type PromptText =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'chat';
      readonly messages: readonly ChatMessage[];
      readonly tools: readonly unknown[];
    };

/** Its tokens, with the one that begins texts for models that have one. @throws EngineError */
export type PromptEncoder = (prompt: PromptText) => number[];

export function promptEncoder(data: TokenizerData, tokenizer: Tokenizer): PromptEncoder {
  const chat = openChat(data, tokenizer);
  return (prompt) =>
    prompt.kind === 'text'
      ? // Whoever writes a whole prompt writes its turns too.
        tokenizer.encode(prompt.text, { special: true })
      : chat.encode(prompt.messages, { tools: prompt.tools });
}
