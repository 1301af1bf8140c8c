import { isObject, type Json, type JsonObject } from '../../core/json.ts';

/** Below these the keys are the client's own words: arguments, schemas, labels. */
const FREE: ReadonlySet<string> = new Set([
  'args',
  'response',
  'parameters',
  'parametersJsonSchema',
  'responseSchema',
  'responseJsonSchema',
  'labels',
  'partMetadata',
]);

/** The API takes each field's name in `camelCase` and in `snake_case`; here they all become the former. */
export function camelKeys(body: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => {
      const name = camelKey(key);
      return [name, value === undefined || FREE.has(name) ? value : camelValue(value)];
    }),
  );
}

export function camelKey(key: string): string {
  // `_responseJsonSchema` is an old name of the same field.
  if (key.startsWith('_')) return key === '_responseJsonSchema' ? 'responseJsonSchema' : key;
  return key.includes('_') ? key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()) : key;
}

function camelValue(value: Json): Json {
  if (isObject(value)) return camelKeys(value);
  return Array.isArray(value) ? value.map((item: Json) => camelValue(item)) : value;
}
