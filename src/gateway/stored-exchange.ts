import { type Answer, answerOf } from '../core/answer.ts';
import { isCallError } from '../core/errors.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import type { CallRecord } from '../core/record.ts';
import type { Exchange } from '../policy/ground/index.ts';
import { DIALECTS } from '../dialects/index.ts';
import { readAnswer } from './read-answer.ts';

/** A call's question and answer as the ledger keeps them, redacted; else a text that says why they cannot be read. */
export function storedExchange(record: CallRecord): Exchange | string {
  const { dialect, operation, requestBody, requestedModel, responseBody, stream } = record;
  if (requestBody === null || responseBody === null)
    return 'its request and answer were not stored (store.bodies)';
  const generate = DIALECTS.find(({ name }) => name === dialect)?.generate;
  const body = objectIn(requestBody);
  if (!generate || operation !== 'generate' || !body) return 'its stored request cannot be read';
  try {
    const prompt = generate.parseRequest(body, { operation, model: requestedModel, stream });
    const content = contentIn(responseBody, { dialect, operation, stream });
    if (!content) return 'its stored answer cannot be read';
    const texts: string[] = [];
    for (const block of content) {
      if (block.type === 'text') texts.push(block.text);
      else if (block.type !== 'reasoning') return 'its answer is more than text';
    }
    return { body, prompt, answer: texts.join('\n').trim() };
  } catch (error) {
    if (isCallError(error)) return 'its stored request cannot be read';
    throw error;
  }
}

/** An answer was stored as the content it was made of, or as the bytes that were relayed. */
function contentIn(text: string, call: Parameters<typeof readAnswer>[0]): Answer['content'] | null {
  const typed = parsed(text);
  if (Array.isArray(typed) && typed.every((block) => isObject(block) && typeof block['type'] === 'string'))
    return typed as Answer['content'];
  const parts = readAnswer(call, [{ type: 'wire', chunks: [Buffer.from(text)] }]);
  return parts && answerOf(parts).content;
}

function objectIn(text: string): JsonObject | null {
  const value = parsed(text);
  return isObject(value) ? value : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
