import { vectorToBase64 } from '../../../core/vector-base64.ts';
import type { AnswerContext } from '../../../core/dialect.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { Part } from '../../../core/part.ts';
import { NO_USAGE, promptTokens } from '../../../core/usage.ts';

/** The list of vectors, as base64 when the client asked for it: OpenAI's SDKs do so unless told otherwise. */
export function formatResponse(parts: readonly Part[], context: AnswerContext): JsonObject {
  const asBase64 = context.body['encoding_format'] === 'base64';
  const usage = parts.findLast((part) => part.type === 'usage');
  const tokens = promptTokens(usage?.usage ?? NO_USAGE);
  return {
    object: 'list',
    data: parts.flatMap((part) =>
      part.type === 'embedding'
        ? [
            {
              object: 'embedding',
              index: part.index,
              embedding: asBase64 ? vectorToBase64(part.vector) : part.vector,
            },
          ]
        : [],
    ),
    model: usage?.model ?? context.requestedModel,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}
