import type { JsonObject } from '../../../core/json.ts';
import { promptTokens } from '../../../core/usage.ts';
import type { ChatFlavour } from './chat-answer.ts';
import { chatUsage } from './usage.ts';

export const OPENAI_CHAT: ChatFlavour = {
  idPrefix: 'chatcmpl-',
  toolIdPrefix: 'call_',
  usage: chatUsage,
  message: () => ({ refusal: null, annotations: [] }),
  choice: {},
  envelope: { service_tier: null, system_fingerprint: 'fp_simulated' },
  thought: null,
};

/** A vLLM server: no tiers, shows its thoughts, and counts nothing but the totals. */
export const VLLM_CHAT: ChatFlavour = {
  idPrefix: 'chatcmpl-',
  toolIdPrefix: 'chatcmpl-tool-',
  usage: (usage): JsonObject => {
    const prompt = promptTokens(usage);
    return {
      prompt_tokens: prompt,
      total_tokens: prompt + usage.output,
      completion_tokens: usage.output,
      prompt_tokens_details: usage.cacheRead > 0 ? { cached_tokens: usage.cacheRead } : null,
    };
  },
  message: ({ reasoning, toolCalls }) => ({
    refusal: null,
    annotations: null,
    reasoning_content: reasoning.length > 0 ? reasoning.join('') : null,
    ...(toolCalls.length === 0 && { tool_calls: [] }),
  }),
  choice: { stop_reason: null },
  envelope: {},
  thought: (text) => ({ reasoning_content: text }),
};
