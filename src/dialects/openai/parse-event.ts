import type { StreamEvent } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';

/** @throws CallError `upstream_garbage` when the event's data is no JSON object */
export function parseEvent({ data }: StreamEvent): JsonObject {
  const value = parsed(data);
  if (isObject(value)) return value;
  throw new CallError('upstream_garbage', 'The provider sent an event that is no JSON object.');
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
