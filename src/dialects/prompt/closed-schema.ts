import { isObject, type Json, type JsonObject } from '../../core/json.ts';

/**
 * Whether a schema may be called strict everywhere: OpenAI enforces only those whose objects are closed and whose
 * properties are all required, while Anthropic and Gemini enforce any.
 */
export function isClosedSchema(schema: JsonObject): boolean {
  const { properties, required } = schema;
  if (schema['type'] === 'object' || properties !== undefined) {
    if (schema['additionalProperties'] !== false) return false;
    const names = isObject(properties) ? Object.keys(properties) : [];
    const always: readonly Json[] = Array.isArray(required) ? required : [];
    if (!names.every((name) => always.includes(name))) return false;
  }
  return Object.entries(schema).every(([key, value]) =>
    key === 'enum' || key === 'const' ? true : isClosedValue(value),
  );
}

function isClosedValue(value: Json | undefined): boolean {
  if (isObject(value)) return isClosedSchema(value);
  return Array.isArray(value) ? (value as readonly Json[]).every(isClosedValue) : true;
}
