import { anthropicCount, anthropicMessages, anthropicModels } from './anthropic/messages.ts';
import { gemini, geminiModels } from './gemini/generate.ts';
import { compatibleChat, openAiChat } from './openai/chat.ts';
import { openAiEmbeddings } from './openai/embeddings.ts';
import { openAiModels, openAiModerations, openAiTranscriptions } from './openai/others.ts';
import { openAiResponses } from './openai/responses.ts';
import { json, Refusal } from './wire.ts';
import type { Endpoint, SimulatedAnswer, SimulatedRequest, SimulatedWorld } from './wire.ts';

export const PROVIDER_APIS = ['openai', 'anthropic', 'google', 'openai-compatible'] as const;
export type ProviderApi = (typeof PROVIDER_APIS)[number];

/** The endpoints of one provider, the first that recognises a request answers it. */
export function endpointsOf(api: ProviderApi, models: readonly string[]): readonly Endpoint[] {
  switch (api) {
    case 'openai':
      return [
        openAiChat,
        openAiResponses,
        openAiEmbeddings,
        openAiModels(models),
        openAiModerations,
        openAiTranscriptions,
      ];
    case 'anthropic':
      return [anthropicMessages, anthropicCount, anthropicModels(models)];
    case 'google':
      return [gemini, geminiModels(models)];
    case 'openai-compatible':
      return [compatibleChat, openAiEmbeddings, openAiModels(models)];
  }
}

/** Answers one request as the provider would, errors included. Never throws for a bad request. */
export function answer(
  endpoints: readonly Endpoint[],
  request: SimulatedRequest,
  world: SimulatedWorld,
): SimulatedAnswer {
  try {
    for (const endpoint of endpoints) {
      const found = endpoint(request, world);
      if (found) return found;
    }
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
  return json({ error: { message: `Invalid URL (${request.method} ${request.path})` } }, 404);
}
