import type { Answer } from '../../core/answer.ts';
import type { AnswerContext } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import { formatItem, itemId } from './format-item.ts';
import { asksForLogprobs } from './include.ts';
import { formatFinish } from './map-finish.ts';
import { responseObject } from './response-object.ts';
import { shareTokens } from './share-tokens.ts';

export function formatResponse(answer: Answer, context: AnswerContext): JsonObject {
  const { content, usage, finish, logprobs } = answer;
  const tokens = shareTokens(content, asksForLogprobs(context.body) ? (logprobs?.tokens ?? []) : []);
  return responseObject(context, {
    ...formatFinish(finish.reason),
    model: usage?.model ?? context.requestedModel,
    output: content.map((block, index) =>
      formatItem(block, itemId(context.callId, block.type, index), tokens.get(index)),
    ),
    usage,
  });
}
