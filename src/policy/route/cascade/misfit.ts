import { isObject, type Json, type JsonObject } from '../../../core/json.ts';

const MOST_DEPTH = 32;

/**
 * Where a value does not fit a JSON Schema, or null. Looks at type, enum, const, required, properties,
 * additionalProperties, items, anyOf and oneOf; other keywords and references are taken as fulfilled.
 */
export function misfit(value: unknown, schema: Json | undefined, path = '$', depth = 0): string | null {
  if (!isObject(schema) || depth > MOST_DEPTH) return null;
  const { type, enum: among, const: only, anyOf, oneOf } = schema;
  if (type !== undefined && !typesOf(type).some((name) => isOfType(value, name)))
    return `${path} is not of type ${typesOf(type).join(' or ')}`;
  if (Array.isArray(among) && !among.some((each) => same(each, value)))
    return `${path} is none of its values`;
  if (only !== undefined && !same(only, value)) return `${path} is not ${JSON.stringify(only).slice(0, 40)}`;
  const choices = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : null;
  if (choices && choices.every((choice) => misfit(value, choice, path, depth + 1) !== null))
    return `${path} fits none of its forms`;
  if (Array.isArray(value)) return misfitItem(value, schema, path, depth);
  return isObject(value) ? misfitField(value, schema, path, depth) : null;
}

function misfitItem(
  value: readonly unknown[],
  { items }: JsonObject,
  path: string,
  depth: number,
): string | null {
  for (const [index, item] of value.entries()) {
    const wrong = misfit(item, items, `${path}[${index}]`, depth + 1);
    if (wrong !== null) return wrong;
  }
  return null;
}

function misfitField(value: JsonObject, schema: JsonObject, path: string, depth: number): string | null {
  const { required, properties, additionalProperties } = schema;
  for (const name of Array.isArray(required) ? required : [])
    if (typeof name === 'string' && !Object.hasOwn(value, name)) return `${path}.${name} is missing`;
  const known = isObject(properties) ? properties : {};
  for (const [name, field] of Object.entries(value)) {
    const own = Object.hasOwn(known, name) ? known[name] : undefined;
    if (own === undefined && additionalProperties === false) return `${path}.${name} is not in the schema`;
    const wrong = misfit(field, own ?? additionalProperties, `${path}.${name}`, depth + 1);
    if (wrong !== null) return wrong;
  }
  return null;
}

function typesOf(type: Json): readonly string[] {
  return (Array.isArray(type) ? type : [type]).filter((name) => typeof name === 'string');
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
