import type { StreamParser } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { streamedError } from './parse-error.ts';
import { answerReader } from './read-answer.ts';

/** A stream of responses, as SSE events without names or as the elements of an array. */
export function parseStream(): StreamParser {
  const reader = answerReader();
  return {
    event: ({ data }) => {
      if (data === '') return [];
      const response = parseData(data);
      if (response['error'] !== undefined && response['error'] !== null) throw streamedError(response);
      return reader.read(response);
    },
    end: () => {
      const { parts, finish } = reader.close();
      if (finish) return [...parts, finish];
      throw new CallError('upstream_truncated', 'The answer of Gemini ended without a finish reason.');
    },
  };
}

function parseData(data: string): JsonObject {
  try {
    const parsed: unknown = JSON.parse(data);
    if (isObject(parsed)) return parsed;
  } catch {
    // Told below, like JSON that is no object.
  }
  throw new CallError('upstream_garbage', 'Gemini sent a stream event that is no JSON object.');
}
