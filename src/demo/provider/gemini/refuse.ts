import type { z } from 'zod';
import { isObject } from '../../../core/json.ts';
import type { Json, JsonObject } from '../../../core/json.ts';
import { problemOf } from '../problem.ts';
import type { Path } from '../problem.ts';
import { Refusal } from '../wire.ts';
import type { SimulatedRequest, SimulatedWorld } from '../wire.ts';

const CODES = { INVALID_ARGUMENT: 400, PERMISSION_DENIED: 403, NOT_FOUND: 404 } as const;

export function refusal(
  message: string,
  status: keyof typeof CODES = 'INVALID_ARGUMENT',
  details?: readonly JsonObject[],
): Refusal {
  const code = CODES[status];
  return new Refusal(code, { error: { code, message, status, ...(details && { details }) } });
}

/** The key comes in a header or in the query. A wrong one is a 400 here, not a 401. @throws Refusal */
export function authorize(request: SimulatedRequest, world: SimulatedWorld): void {
  const key = request.headers['x-goog-api-key'] ?? request.query.get('key');
  if (!key) {
    throw refusal(
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other " +
        'form of API consumer identity to call this API.',
      'PERMISSION_DENIED',
    );
  }
  if (world.accepts(key)) return;
  throw refusal('API key not valid. Please pass a valid API key.', 'INVALID_ARGUMENT', [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'API_KEY_INVALID',
      domain: 'googleapis.com',
      metadata: { service: 'generativelanguage.googleapis.com' },
    },
  ]);
}

/** @throws Refusal 400 */
export function validBody<T>(request: SimulatedRequest, schema: z.ZodType<T>): T {
  const body = camelCased(jsonObject(request));
  const problem = problemOf(schema, body);
  if (!problem) return body as T;
  const { path, message } = problem;
  const parent = placeOf(path.slice(0, -1));
  switch (problem.kind) {
    case 'unknown': {
      const at = parent ? ` at '${parent}'` : '';
      throw fieldViolation(
        `Invalid JSON payload received. Unknown name "${String(path.at(-1))}"${at}: Cannot find field.`,
        parent,
      );
    }
    case 'missing':
      throw refusal(`* ${placeOf(path)}: is not specified\n`);
    case 'wrong':
      throw fieldViolation(`Invalid value at '${placeOf(path)}': ${message}`, placeOf(path));
  }
}

function fieldViolation(description: string, field: string): Refusal {
  return refusal(description, 'INVALID_ARGUMENT', [
    {
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: [{ ...(field && { field }), description }],
    },
  ]);
}

/** `contents[0].parts[1].inline_data`, as Google writes a field's place. */
function placeOf(path: Path): string {
  return path
    .map((step) =>
      typeof step === 'number'
        ? `[${step}]`
        : `.${step.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
    )
    .join('')
    .replace(/^\./, '');
}

function jsonObject(request: SimulatedRequest): JsonObject {
  try {
    const body: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(request.body));
    if (isObject(body)) return body;
  } catch {
    // Told below, in Google's words.
  }
  throw refusal('Invalid JSON payload received. Expected an object key or }.');
}

/** Protobuf's JSON accepts both spellings of a field. Free-form values (arguments, schemas' properties) stay as they are. */
function camelCased(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      const free = ['args', 'response', 'parameters', 'parametersJsonSchema', 'responseJsonSchema', 'labels'];
      return [camel, free.includes(camel) ? inner : deepCamel(inner)];
    }),
  );
}

function deepCamel(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((inner: Json) => deepCamel(inner) ?? null);
  return isObject(value) && !('properties' in value) ? camelCased(value) : value;
}

/** @throws Refusal 404 */
export function knownModel(model: string, method: string, world: SimulatedWorld): void {
  if (world.knows(model)) return;
  throw refusal(
    `models/${model} is not found for API version v1beta, or is not supported for ${method}. Call ListModels to see the ` +
      'list of available models and their supported methods.',
    'NOT_FOUND',
  );
}
