import type { z } from 'zod';
import { isObject, type JsonObject } from '../../core/json.ts';
import { didYouMean } from '../../core/nearest.ts';
import type { PathStep } from './locate.ts';

/** A problem at a path, before it is known where in the file that is. */
export interface Finding {
  readonly path: readonly PathStep[];
  readonly message: string;
  readonly remedy: string;
}

type Issue = z.core.$ZodIssue;

/** Says in words what the schema found wrong, one finding for each unknown key. */
export function explain(issue: Issue, schema: JsonObject): Finding[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  const about = describe(schemaAt(schema, path));
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysOf(schemaAt(schema, path));
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: 'there is no such setting',
        remedy: didYouMean(key, known) || `Settings here: ${known.join(', ')}.`,
      }));
    }
    case 'invalid_value': {
      const values = issue.values.map(String);
      const given = typeof issue.input === 'string' ? didYouMean(issue.input, values) : '';
      return [{ path, message: `must be ${oneOf(values)}`, remedy: given || about }];
    }
    case 'invalid_type':
      return [{ path, message: typeMismatch(issue.expected, issue.input), remedy: about }];
    case 'invalid_key':
      return [{ path, message: issue.issues[0]?.message ?? issue.message, remedy: '' }];
    case 'too_small':
      return [
        { path, message: limit(issue.message, 'at least', issue.minimum, issue.origin), remedy: about },
      ];
    case 'too_big':
      return [{ path, message: limit(issue.message, 'at most', issue.maximum, issue.origin), remedy: about }];
    case 'custom':
      return [{ path, message: issue.message, remedy: '' }];
    default:
      return [{ path, message: issue.message, remedy: about }];
  }
}

function typeMismatch(expected: string, input: unknown): string {
  if (input === undefined) return 'is missing';
  return `must be ${kindOf(expected)}, not ${valueKind(input)}`;
}

function limit(message: string, words: string, bound: number | bigint, origin: string): string {
  return origin === 'number' || origin === 'int' ? `must be ${words} ${bound}` : message;
}

function oneOf(values: readonly string[]): string {
  const quoted = values.map((value) => JSON.stringify(value));
  return quoted.length === 1 ? (quoted[0] ?? '') : `one of ${quoted.join(', ')}`;
}

function kindOf(expected: string): string {
  switch (expected) {
    case 'object':
    case 'record':
      return 'a map of settings';
    case 'array':
      return 'a list';
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'int':
      return 'a whole number';
    default:
      return `a ${expected}`;
  }
}

function valueKind(value: unknown): string {
  if (value === null) return 'left empty';
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'a map';
  return typeof value === 'string' ? 'text' : JSON.stringify(value);
}

/** The part of a JSON Schema that describes what stands at a path. */
function schemaAt(schema: JsonObject, path: readonly PathStep[]): JsonObject | null {
  let at: unknown = schema;
  for (const step of path) {
    if (!isObject(at)) return null;
    if (isObject(at['properties']) && String(step) in at['properties']) at = at['properties'][String(step)];
    else at = typeof step === 'number' ? at['items'] : at['additionalProperties'];
  }
  return isObject(at) ? at : null;
}

function keysOf(schema: JsonObject | null): string[] {
  if (isObject(schema?.['properties'])) return Object.keys(schema['properties']);
  const names = isObject(schema?.['propertyNames']) ? schema['propertyNames']['enum'] : undefined;
  return Array.isArray(names) ? names.map(String) : [];
}

function describe(schema: JsonObject | null): string {
  return typeof schema?.['description'] === 'string' ? schema['description'] : '';
}
