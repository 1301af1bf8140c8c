import { isObject } from '../../core/json.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { seededRandom } from './words.ts';

const MOST_DEPTH = 8;

interface Sampler {
  readonly root: JsonObject;
  readonly random: () => number;
}

/**
 * A value that satisfies the schema, the same for the same seed. Reads JSON Schema and Gemini's subset of it
 * (upper-case types, `nullable`); `pattern` and `not` are not honoured.
 */
export function sampleOf(schema: JsonObject, seed: string): Json {
  return sample(schema, { root: schema, random: seededRandom(seed) }, 0);
}

function sample(schema: JsonObject, sampler: Sampler, depth: number): Json {
  if (schema['const'] !== undefined) return schema['const'];
  const choices = schema['enum'];
  if (Array.isArray(choices) && choices.length > 0) return pick(choices as readonly Json[], sampler);
  const reference = schema['$ref'];
  if (typeof reference === 'string') return sample(resolve(reference, sampler.root), sampler, depth + 1);
  if (Array.isArray(schema['allOf'])) return sample(merged(schema['allOf'].filter(isObject)), sampler, depth);
  const branches = [schema['anyOf'], schema['oneOf']].find(Array.isArray)?.filter(isObject) ?? [];
  if (branches.length > 0) return sample(branch(branches, sampler, depth), sampler, depth + 1);
  switch (typeOf(schema)) {
    case 'object':
      return objectOf(schema, sampler, depth);
    case 'array':
      return arrayOf(schema, sampler, depth);
    case 'string':
      return stringOf(schema, sampler);
    case 'integer':
    case 'number':
      return numberOf(schema, sampler);
    case 'boolean':
      return sampler.random() < 0.5;
    default:
      return null;
  }
}

function pick<T>(from: readonly T[], { random }: Sampler): T {
  return from[Math.floor(random() * from.length)] as T;
}

function resolve(reference: string, root: JsonObject): JsonObject {
  let at: Json | undefined = root;
  for (const step of reference.replace(/^#\/?/, '').split('/').filter(Boolean)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    at = isObject(at) ? at[key] : undefined;
  }
  return isObject(at) ? at : {};
}

function merged(all: readonly JsonObject[]): JsonObject {
  const properties = Object.assign({}, ...all.map((one) => one['properties'] ?? {})) as JsonObject;
  const required = all.flatMap((one) => (Array.isArray(one['required']) ? one['required'] : []));
  return { ...Object.assign({}, ...all), properties, required };
}

/** Deep down the simplest branch is taken, so that recursive schemas end. */
function branch(branches: readonly JsonObject[], sampler: Sampler, depth: number): JsonObject {
  const simple = branches.find((one) => !['object', 'array'].includes(typeOf(one)) && !one['$ref']);
  return depth >= MOST_DEPTH && simple ? simple : pick(branches, sampler);
}

function typeOf(schema: JsonObject): string {
  const { type } = schema;
  const named = Array.isArray(type) ? type.find((one) => one !== 'null') : type;
  if (typeof named === 'string') return named.toLowerCase();
  if (schema['properties']) return 'object';
  if (schema['items']) return 'array';
  return type === undefined ? 'string' : 'null';
}

function objectOf(schema: JsonObject, sampler: Sampler, depth: number): JsonObject {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  const wanted = Object.entries(properties).filter(([name]) => required.has(name) || depth < MOST_DEPTH);
  return Object.fromEntries(
    wanted.map(([name, inner]) => [name, sample(isObject(inner) ? inner : {}, sampler, depth + 1)]),
  );
}

function arrayOf(schema: JsonObject, sampler: Sampler, depth: number): Json[] {
  const prefix = Array.isArray(schema['prefixItems']) ? schema['prefixItems'].filter(isObject) : [];
  if (prefix.length > 0) return prefix.map((inner) => sample(inner, sampler, depth + 1));
  const least = Number(schema['minItems'] ?? (depth < MOST_DEPTH ? 1 : 0));
  const most = Number(schema['maxItems'] ?? least + 1);
  const length = Math.min(Math.max(least, 1), most, depth < MOST_DEPTH ? Infinity : least);
  const items = isObject(schema['items']) ? schema['items'] : {};
  return Array.from({ length }, () => sample(items, sampler, depth + 1));
}

const FORMATS: Readonly<Record<string, string>> = {
  date: '2026-03-14',
  'date-time': '2026-03-14T15:09:26Z',
  time: '15:09:26Z',
  duration: 'PT3M',
  email: 'someone@example.com',
  uuid: '6f1d4b1e-8c3a-4a55-9a51-2f6f0b0a7c11',
  uri: 'https://example.com/',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
};

function stringOf(schema: JsonObject, sampler: Sampler): string {
  const { format } = schema;
  const known = typeof format === 'string' ? FORMATS[format] : undefined;
  if (known) return known;
  const text = pick(['amber', 'birch', 'cedar', 'delta', 'ember'], sampler);
  const least = Number(schema['minLength'] ?? 0);
  const most = Number(schema['maxLength'] ?? Infinity);
  return text.padEnd(least, 'x').slice(0, most);
}

function numberOf(schema: JsonObject, sampler: Sampler): number {
  const step = Number(schema['multipleOf'] ?? 1);
  const exclusiveLeast = typeof schema['exclusiveMinimum'] === 'number' ? schema['exclusiveMinimum'] : null;
  const exclusiveMost = typeof schema['exclusiveMaximum'] === 'number' ? schema['exclusiveMaximum'] : null;
  const least = Number(schema['minimum'] ?? exclusiveLeast ?? Math.min(0, Number(schema['maximum'] ?? 0)));
  const most = Number(schema['maximum'] ?? exclusiveMost ?? least + 100 * step);
  let first = Math.ceil(least / step);
  if (exclusiveLeast !== null && first * step <= exclusiveLeast) first += 1;
  let last = Math.floor(most / step);
  if (exclusiveMost !== null && last * step >= exclusiveMost) last -= 1;
  if (last < first) return typeOf(schema) === 'integer' ? first * step : (least + most) / 2;
  return (first + Math.floor(sampler.random() * (last - first + 1))) * step;
}
