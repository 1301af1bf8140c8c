import type { Message, ReasoningContent, ToolCallContent, ToolResultContent } from '../../core/content.ts';
import { CallError } from '../../core/errors.ts';
import { compact, isObject, type JsonObject } from '../../core/json.ts';
import type { Placed } from '../prompt/turns.ts';
import { providerSignature } from '../wire/signature.ts';
import type { Warnings } from '../wire/warnings.ts';
import { formatMedia } from './format-media.ts';
import { formatResult } from './function-result.ts';
import type { GeminiFeatures } from './gemini-features.ts';
import { OWNER, TITLE } from './owner.ts';

type UserContent = Extract<Message, { role: 'user' }>['content'][number];
type AssistantContent = Extract<Message, { role: 'assistant' }>['content'][number];

export function formatUserPart(
  { content, path }: Placed<UserContent>,
  features: GeminiFeatures,
  warnings: Warnings,
): JsonObject[] {
  if (content.type === 'text') return formatText(content.text);
  return content.type === 'media'
    ? [formatMedia(content, path, warnings)]
    : formatToolResult(content, path, features, warnings);
}

export function formatModelPart(
  { content, path }: Placed<AssistantContent>,
  warnings: Warnings,
): JsonObject[] {
  switch (content.type) {
    case 'text':
      return formatText(content.text);
    case 'media':
      return [formatMedia(content, path, warnings)];
    case 'reasoning':
      return formatReasoning(content, path, warnings);
    case 'tool-call':
      return [formatCall(content, path)];
  }
}

function formatText(text: string): JsonObject[] {
  return text === '' ? [] : [{ text }];
}

/** A thought goes back only with the signature that it came with; without one it is of no use to the model. */
function formatReasoning(content: ReasoningContent, path: string, warnings: Warnings): JsonObject[] {
  const thoughtSignature = providerSignature(OWNER, content.signature);
  if (thoughtSignature === undefined) {
    warnings.add(`${path}: reasoning without a signature of ${TITLE} cannot be sent to it`);
    return [];
  }
  if (content.text === '') return [{ text: '', thoughtSignature }];
  return [{ text: content.text, thought: true, thoughtSignature }];
}

function formatCall(call: ToolCallContent, path: string): JsonObject {
  return compact({
    functionCall: compact({
      id: call.id || undefined,
      name: call.name,
      args: parseArguments(call.arguments, path),
    }),
    thoughtSignature: providerSignature(OWNER, call.signature),
  });
}

function parseArguments(text: string, path: string): JsonObject {
  if (text.trim() === '') return {};
  try {
    const args: unknown = JSON.parse(text);
    if (isObject(args)) return args;
  } catch {
    // Told below, like JSON that is no object.
  }
  throw new CallError(
    'invalid_request',
    `${path}.arguments must be the text of a JSON object: ${TITLE} takes no other arguments of a function call.`,
    { param: path },
  );
}

function formatToolResult(
  result: ToolResultContent,
  path: string,
  features: GeminiFeatures,
  warnings: Warnings,
): JsonObject[] {
  if (result.name === '')
    throw new CallError(
      'invalid_request',
      `${path} answers tool call ${JSON.stringify(result.callId)}, which is not in the conversation; ${TITLE} needs its name.`,
      { param: path },
    );
  const texts = result.content.flatMap((piece) => (piece.type === 'text' ? [piece.text] : []));
  const media = result.content.flatMap((piece, index) =>
    piece.type === 'media' ? [formatMedia(piece, `${path}.content[${index}]`, warnings)] : [],
  );
  const isInside = features.signsCalls && media.length > 0;
  const functionResponse = compact({
    id: result.callId || undefined,
    name: result.name,
    response: formatResult(texts.join('\n'), result.isError, result.name),
    parts: isInside ? media : undefined,
  });
  return isInside ? [{ functionResponse }] : [{ functionResponse }, ...media];
}
