import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Warnings } from '../wire/warnings.ts';
import { TITLE } from './owner.ts';

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const ONE = new Set(['items', 'not', 'if', 'then', 'else']);
const MANY = new Set(['anyOf', 'allOf', 'oneOf', 'prefixItems']);
const NAMED = new Set(['properties', '$defs', 'definitions']);

/** Limits that the API refuses: https://platform.claude.com/docs/en/build-with-claude/structured-outputs */
const REFUSED = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
]);

/**
 * The schema as structured outputs take it: objects closed, limits that it cannot enforce taken out, each with a warning.
 * What an answer may look like grows by the limits, and shrinks where an object was open.
 */
export function strictSchema(schema: JsonObject, path: string, warnings: Warnings): JsonObject {
  const strict: Record<string, Json> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (value === undefined) continue;
    if (REFUSED.has(key) || (key === 'minItems' && typeof value === 'number' && value > 1))
      warnings.add(`${path}.${key}: ${TITLE} cannot enforce this limit`);
    // Of alternatives the API knows only `anyOf`.
    else strict[key === 'oneOf' ? 'anyOf' : key] = strictValue(key, value, path, warnings);
  }
  if (schema['type'] === 'object' && schema['additionalProperties'] !== false) {
    if (schema['additionalProperties'] !== undefined)
      warnings.add(`${path}.additionalProperties: ${TITLE} allows only the properties named`);
    strict['additionalProperties'] = false;
  }
  return strict;
}

function strictValue(key: string, value: Json, path: string, warnings: Warnings): Json {
  const nested = (item: Json, name: string): Json =>
    isObject(item) ? strictSchema(item, `${path}.${name}`, warnings) : item;
  if (ONE.has(key)) return nested(value, key);
  if (MANY.has(key) && Array.isArray(value))
    return value.map((item: Json, index) => nested(item, `${key}[${index}]`));
  if (NAMED.has(key) && isObject(value))
    return Object.fromEntries(
      Object.entries(value).flatMap(([name, item]) =>
        item === undefined ? [] : [[name, nested(item, `${key}.${name}`)]],
      ),
    );
  return value;
}
