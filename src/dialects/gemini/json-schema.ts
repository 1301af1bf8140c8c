import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { camelKey } from './camel-keys.ts';

/** Counts that protobuf's JSON writes as strings, because they have 64 bits. */
const COUNTS: ReadonlySet<string> = new Set([
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
]);

/** Words of Google's own, without meaning in JSON Schema. */
const OWN: ReadonlySet<string> = new Set(['propertyOrdering', 'nullable', 'example']);

/**
 * Google's `Schema`, a subset of OpenAPI 3.0 with type names in capitals, as JSON Schema.
 * https://ai.google.dev/api/caching#Schema
 */
export function jsonSchemaOf(schema: JsonObject): JsonObject {
  const converted: Record<string, Json> = {};
  for (const [key, value] of Object.entries(schema)) {
    const name = camelKey(key);
    if (value === undefined || OWN.has(name)) continue;
    converted[name] = convert(name, value);
  }
  if (schema['nullable'] !== true) return converted;
  const { type } = converted;
  if (typeof type !== 'string') return { anyOf: [converted, { type: 'null' }] };
  const { enum: values } = converted;
  return {
    ...converted,
    type: [type, 'null'],
    ...(Array.isArray(values) && { enum: [...(values as readonly Json[]), null] }),
  };
}

function convert(name: string, value: Json): Json {
  if (name === 'type' && typeof value === 'string') return value.toLowerCase();
  if (COUNTS.has(name) && typeof value === 'string' && /^\d+$/.test(value)) return Number(value);
  if (name === 'items' && isObject(value)) return jsonSchemaOf(value);
  if (name === 'anyOf' && Array.isArray(value))
    return value.map((item: Json) => (isObject(item) ? jsonSchemaOf(item) : item));
  if (name === 'properties' && isObject(value))
    return Object.fromEntries(
      Object.entries(value).flatMap(([property, item]) =>
        item === undefined ? [] : [[property, isObject(item) ? jsonSchemaOf(item) : item]],
      ),
    );
  return value;
}
