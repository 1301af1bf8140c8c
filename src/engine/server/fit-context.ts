import { ApiError } from './api-error.ts';
import type { Generation } from './generation.ts';

/**
 * Gives requests without a limit all the room that their prompt leaves.
 * @throws ApiError `context_length_exceeded` with the numbers
 */
export function fitContext<T extends Generation>(
  request: T,
  contextLength: number,
): T & { readonly maxTokens: number } {
  const longest = request.prompts.reduce((most, { length }) => Math.max(most, length), 0);
  const wanted = request.maxTokens ?? 1;
  if (longest + wanted > contextLength)
    throw new ApiError(
      400,
      'context_length_exceeded',
      `This model's maximum context length is ${contextLength} tokens. However, you requested ${longest + wanted} tokens (${longest} in the prompt, ${wanted} in the completion). Shorten one of them.`,
      { param: request.maxTokens === null || longest >= contextLength ? 'messages' : 'max_tokens' },
    );
  return { ...request, maxTokens: request.maxTokens ?? contextLength - longest };
}
