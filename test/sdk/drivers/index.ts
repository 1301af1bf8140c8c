import type { ClientDriver } from '../driver.ts';
import { AI_SDK_DRIVERS } from './ai-sdk.ts';
import { anthropic } from './anthropic.ts';
import { genAi } from './genai.ts';
import { openAiChat } from './openai-chat.ts';
import { openAiResponses } from './openai-responses.ts';

/** Every official client, unmodified. */
export const CLIENTS: readonly ClientDriver[] = [
  openAiChat,
  openAiResponses,
  anthropic,
  genAi,
  ...AI_SDK_DRIVERS,
];
