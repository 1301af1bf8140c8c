import type { Answer, AnswerContent } from '../../core/answer.ts';
import type { AnswerContext } from '../../core/dialect.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { AnswerLogprobs } from '../../core/logprobs.ts';
import type { FinishPart, UsagePart } from '../../core/part.ts';
import { formatUsage } from './format-usage.ts';
import { asksForLogprobs, formatLogprobs } from './logprobs.ts';
import { formatFinishReason } from './map-finish-reason.ts';
import { clientThoughtSignature } from './thought-signature.ts';

export function formatResponse(answer: Answer, context: AnswerContext): JsonObject {
  const { content, finish, usage, logprobs } = answer;
  return response(content.flatMap(formatPart), finish, usage, context, logprobs);
}

/** One response: all of an answer, or what a stream has to say at a time. */
export function response(
  parts: readonly JsonObject[],
  finish: FinishPart | null,
  usage: UsagePart | null,
  context: AnswerContext,
  logprobs?: AnswerLogprobs,
): JsonObject {
  return {
    candidates: [
      {
        // Clients take a response without parts for an invalid one.
        content: { parts: parts.length > 0 ? parts : [{ text: '' }], role: 'model' },
        ...(finish && { finishReason: formatFinishReason(finish.reason) }),
        index: 0,
        ...(logprobs && asksForLogprobs(context.body) && formatLogprobs(logprobs)),
      },
    ],
    ...(usage && { usageMetadata: formatUsage(usage) }),
    modelVersion: context.requestedModel,
    responseId: context.callId.replaceAll('-', ''),
  };
}

function formatPart(block: AnswerContent): JsonObject[] {
  switch (block.type) {
    case 'text':
      return block.text === '' ? [] : [{ text: block.text }];
    case 'reasoning':
      return [
        ...(block.text === '' ? [] : [{ text: block.text, thought: true }]),
        ...formatSignature(block.signature),
      ];
    case 'tool-call':
      return [formatCall(block.id, block.name, block.arguments, block.signature)];
    case 'media':
      return block.source.kind === 'base64'
        ? [{ inlineData: { mimeType: block.mediaType, data: block.source.data } }]
        : [];
  }
}

/** A thought's signature comes at its end, when a stream has already told its text. */
export function formatSignature(signature: string | undefined): JsonObject[] {
  if (signature === undefined) return [];
  return [{ text: '', thought: true, thoughtSignature: clientThoughtSignature(signature) }];
}

export function formatCall(
  id: string,
  name: string,
  args: string,
  signature: string | undefined,
): JsonObject {
  return {
    functionCall: { id, name, args: formatArguments(args) },
    ...(signature !== undefined && { thoughtSignature: clientThoughtSignature(signature) }),
  };
}

/** An answer cut short may end within its arguments: then their text is kept, under a key that says so. */
function formatArguments(text: string): JsonObject {
  if (text.trim() === '') return {};
  try {
    const args: unknown = JSON.parse(text);
    if (isObject(args)) return args;
  } catch {
    // Not JSON: handled like JSON that is no object.
  }
  return { INVALID_JSON: text };
}
