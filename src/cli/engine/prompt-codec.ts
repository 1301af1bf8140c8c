import type { PromptCodec } from '../../engine/server/index.ts';
import { type Chat, openChat, openTokenizer, type Tokenizer } from '../../engine/tokens/index.ts';
import type { TokenizerData } from '../../engine/models/index.ts';

export interface ModelText {
  readonly tokenizer: Tokenizer;
  readonly codec: PromptCodec;
}

/** @param vocabSize of the logits, which may be more than there are tokens */
export function openModelText(data: TokenizerData, vocabSize: number): ModelText {
  const tokenizer = openTokenizer(data);
  const chat: Chat = openChat(data, tokenizer);
  return {
    tokenizer,
    codec: {
      vocabSize,
      // Whoever writes a whole prompt writes its turns too.
      encode: (text) => tokenizer.encode(text, { special: true }),
      encodeChat: (messages, tools) => chat.encode(messages, { tools }),
      tokenBytes: (token) => tokenizer.tokenBytes(token),
      decode: (tokens) => tokenizer.decode(tokens, { special: true }),
    },
  };
}
