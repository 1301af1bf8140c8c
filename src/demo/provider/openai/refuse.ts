import type { z } from 'zod';
import { isObject } from '../../../core/json.ts';
import type { JsonObject } from '../../../core/json.ts';
import { problemOf } from '../problem.ts';
import type { Path, Problem } from '../problem.ts';
import { Refusal } from '../wire.ts';
import type { SimulatedRequest, SimulatedWorld } from '../wire.ts';

/** A 400 in OpenAI's format, or another status. */
export function refusal(
  message: string,
  {
    status = 400,
    type = 'invalid_request_error',
    param = null,
    code = null,
  }: {
    status?: number;
    type?: string;
    param?: string | null;
    code?: string | null;
  } = {},
): Refusal {
  return new Refusal(status, { error: { message, type, param, code } });
}

/** `messages[0].content`, as OpenAI writes a field's place. */
export function placeOf(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}

/** Checks `Authorization: Bearer`. @throws Refusal 401 */
export function authorize(request: SimulatedRequest, world: SimulatedWorld): void {
  const key = /^Bearer (.+)$/.exec(request.headers['authorization'] ?? '')?.[1];
  if (!key) {
    throw refusal(
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth " +
        '(i.e. Authorization: Bearer YOUR_KEY).',
      { status: 401 },
    );
  }
  if (!world.accepts(key)) {
    throw refusal(
      `Incorrect API key provided: ${key.slice(0, 3)}***. You can find your API key at the console.`,
      {
        status: 401,
        code: 'invalid_api_key',
      },
    );
  }
}

/**
 * The body as an object that satisfies the schema.
 * @param lenient as servers that copy this API: fields that they do not know are ignored
 * @throws Refusal 400
 */
export function validBody<T>(request: SimulatedRequest, schema: z.ZodType<T>, lenient = false): T {
  const body = jsonObject(request);
  const problem = problemOf(schema, body, lenient);
  if (problem) throw inOpenAiWords(problem);
  return body as T;
}

function jsonObject(request: SimulatedRequest): JsonObject {
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('application/json')) {
    throw refusal(
      `Unsupported content type: '${type}'. This API method only accepts 'application/json' requests.`,
      {
        code: 'unsupported_content_type',
      },
    );
  }
  try {
    const body: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(request.body));
    if (isObject(body)) return body;
  } catch {
    // Told below, in OpenAI's words.
  }
  throw refusal('We could not parse the JSON body of your request.');
}

function inOpenAiWords({ kind, path, message }: Problem): Refusal {
  const param = placeOf(path);
  switch (kind) {
    case 'unknown':
      return refusal(`Unknown parameter: '${param}'.`, { param, code: 'unknown_parameter' });
    case 'missing':
      return refusal(`Missing required parameter: '${param}'.`, {
        param,
        code: 'missing_required_parameter',
      });
    case 'wrong':
      return refusal(`Invalid type or value for '${param}': ${message}.`, { param, code: 'invalid_value' });
  }
}

/** @throws Refusal 404 */
export function knownModel(model: string, world: SimulatedWorld): void {
  if (world.knows(model)) return;
  throw refusal(`The model \`${model}\` does not exist or you do not have access to it.`, {
    status: 404,
    code: 'model_not_found',
  });
}
