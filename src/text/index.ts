export { promptText } from './prompt-text.ts';
export { createTokenCounter } from './token-counter.ts';
