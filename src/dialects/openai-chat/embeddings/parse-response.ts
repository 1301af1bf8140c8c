import type { Json, JsonObject } from '../../../core/json.ts';
import type { Part, UsagePart } from '../../../core/part.ts';
import { parseErrorEvent } from '../../openai/parse-error.ts';
import { Fields } from '../../wire/fields.ts';
import { parseUsage } from '../usage.ts';
import { parseVector } from './vector-base64.ts';

/** @throws CallError `upstream_garbage` when it is no list of vectors, or the error that it tells */
export function parseResponse(json: JsonObject): Part[] {
  const body = new Fields(json, '', 'provider');
  if (body.json('error') !== undefined) throw parseErrorEvent(json);
  body.array('data');
  const embeddings = body.items('data').map((item, position): Part => {
    const index = item.optionalInteger('index') ?? position;
    return { type: 'embedding', index, vector: readVector(item) };
  });
  return [...embeddings, ...meterResponse(json)];
}

export function meterResponse(json: JsonObject): UsagePart[] {
  const usage = parseUsage(json);
  return usage ? [usage] : [];
}

function readVector(item: Fields): readonly number[] {
  const value = item.json('embedding');
  const vector = typeof value === 'string' ? parseVector(value) : value;
  if (Array.isArray(vector) && vector.every((number: Json) => typeof number === 'number')) return vector;
  throw item.wrong('embedding', 'an array of numbers or base64');
}
