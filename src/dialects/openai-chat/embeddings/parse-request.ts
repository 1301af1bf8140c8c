import type { EmbeddingInput } from '../../../core/content.ts';
import type { Json, JsonObject } from '../../../core/json.ts';
import { collectExtras } from '../../wire/collect-extras.ts';
import { Fields } from '../../wire/fields.ts';

/** A body of `POST /v1/embeddings`: a string, several, or the same as token numbers. */
export function parseRequest(json: JsonObject): EmbeddingInput {
  const body = new Fields(json);
  const extras = collectExtras();
  body.json('model');
  const dimensions = body.optionalInteger('dimensions');
  const user = body.optionalString('user');
  const input = {
    inputs: parseInputs(body),
    encoding: body.optionalOneOf('encoding_format', ['float', 'base64']) ?? 'float',
    ...(dimensions !== undefined && { dimensions }),
    ...(user !== undefined && { user }),
  } as const;
  extras.keepRest(body);
  return { ...input, extras: extras.all() };
}

function parseInputs(body: Fields): (string | readonly number[])[] {
  const input = body.json('input');
  if (typeof input === 'string') return [input];
  const items: readonly Json[] = Array.isArray(input) ? input : [];
  const tokens = tokensOf(items);
  if (tokens) return [tokens];
  if (items.length > 0)
    return items.map((item, index) => {
      const text = typeof item === 'string' ? item : tokensOf(item);
      if (text === null) throw body.wrong(`input[${index}]`, 'a string or an array of token numbers');
      return text;
    });
  throw body.wrong('input', 'a string, or an array of strings or of token numbers that is not empty');
}

function tokensOf(value: Json): readonly number[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const numbers = value.filter((token: Json): token is number => Number.isInteger(token));
  return numbers.length === value.length ? numbers : null;
}
