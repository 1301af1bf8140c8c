import type { Answer } from '../../core/answer.ts';
import type { AnswerContext } from '../../core/dialect.ts';
import { compact, type JsonObject } from '../../core/json.ts';
import type { TokenLogprob } from '../../core/logprobs.ts';
import { formatTokens } from '../openai/logprobs.ts';
import { formatMessage } from './format-message.ts';
import { formatFinishReason } from './map-finish-reason.ts';
import { formatUsage } from './usage.ts';

export function formatResponse(answer: Answer, context: AnswerContext): JsonObject {
  const { usage, finish, logprobs } = answer;
  return compact({
    id: completionId(context),
    object: 'chat.completion',
    created: createdSeconds(context),
    model: usage?.model ?? context.requestedModel,
    choices: [
      {
        index: 0,
        message: formatMessage(answer.content),
        logprobs: asksForLogprobs(context.body) ? formatLogprobs(logprobs?.tokens ?? []) : null,
        finish_reason: formatFinishReason(finish.reason),
        ...(finish.stopSequence !== undefined && { stop_reason: finish.stopSequence }),
      },
    ],
    usage: usage ? formatUsage(usage.usage) : undefined,
    service_tier: usage?.serviceTier,
    system_fingerprint: null,
  });
}

export function asksForLogprobs(body: JsonObject): boolean {
  return body['logprobs'] === true;
}

export function formatLogprobs(tokens: readonly TokenLogprob[]): JsonObject | null {
  return tokens.length > 0 ? { content: formatTokens(tokens), refusal: null } : null;
}

export function completionId(context: AnswerContext): string {
  return `chatcmpl-${context.callId}`;
}

export function createdSeconds(context: AnswerContext): number {
  return Math.floor(context.createdAt / 1000);
}
