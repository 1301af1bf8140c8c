import { type Answer, answerOf } from '../../core/answer.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { FinishPart, UsagePart } from '../../core/part.ts';
import { answerReader, usageReader } from './read-answer.ts';

/** A whole answer, which is a stream of one response. */
export function parseResponse(body: JsonObject): Answer {
  const reader = answerReader();
  const parts = reader.read(body);
  const { parts: rest, finish } = reader.close();
  return answerOf([...parts, ...rest, finish ?? { type: 'finish', reason: 'other' }]);
}

export function meterResponse(body: JsonObject): (UsagePart | FinishPart)[] {
  const reader = answerReader();
  // The finish depends on the kinds of the parts alone: their content, the bulk of the answer, is not read.
  reader.read({ ...body, candidates: withoutContent(body['candidates']) });
  return [...usageReader()(body), reader.close().finish ?? { type: 'finish', reason: 'other' }];
}

function withoutContent(candidates: Json | undefined): Json {
  const [candidate] = Array.isArray(candidates) ? (candidates as readonly Json[]) : [];
  if (!isObject(candidate)) return [];
  const { content, finishReason = null } = candidate;
  const parts =
    isObject(content) && Array.isArray(content['parts']) ? (content['parts'] as readonly Json[]) : [];
  const hasCall = parts.some((part) => isObject(part) && isObject(part['functionCall']));
  return [{ finishReason, ...(hasCall && { content: { parts: [{ functionCall: { name: '' } }] } }) }];
}
