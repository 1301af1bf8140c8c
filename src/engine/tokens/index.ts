export type { ChatMessage } from './chat/chat-messages.ts';
export type { Detokenizer } from './detokenizer.ts';
export { promptEncoder, type PromptText } from './prompt-encoder.ts';
export { openPromptThread } from './prompt-thread.ts';
export { openTokenizer, type Tokenizer } from './tokenizer.ts';
