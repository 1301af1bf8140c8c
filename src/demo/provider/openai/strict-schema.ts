import { isObject } from '../../../core/json.ts';
import type { Json } from '../../../core/json.ts';

/**
 * What OpenAI refuses in a schema with `strict: true`: objects must forbid additional properties and require
 * every property. Null when the schema is fine.
 */
export function strictProblem(schema: Json | undefined, context: readonly string[] = []): string | null {
  if (!isObject(schema)) return null;
  const where = `In context=(${context.map((step) => `'${step}'`).join(', ')})`;
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  if (schema['type'] === 'object') {
    if (schema['additionalProperties'] !== false)
      return `${where}, 'additionalProperties' is required to be supplied and to be false.`;
    const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
    const optional = Object.keys(properties).find((name) => !required.has(name));
    if (optional !== undefined)
      return `${where}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${optional}'.`;
  }
  const inner: [readonly string[], Json | undefined][] = [
    ...Object.entries(properties).map(([name, one]): [string[], Json | undefined] => [
      ['properties', name],
      one,
    ]),
    [['items'], schema['items']],
    ...(Array.isArray(schema['anyOf']) ? schema['anyOf'] : []).map((one, index): [string[], Json] => [
      ['anyOf', String(index)],
      one as Json,
    ]),
    ...Object.entries(isObject(schema['$defs']) ? schema['$defs'] : {}).map(
      ([name, one]): [string[], Json | undefined] => [['$defs', name], one],
    ),
  ];
  for (const [steps, one] of inner) {
    const problem = strictProblem(one, [...context, ...steps]);
    if (problem) return problem;
  }
  return null;
}
