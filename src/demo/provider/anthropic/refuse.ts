import type { z } from 'zod';
import { isObject } from '../../../core/json.ts';
import type { JsonObject } from '../../../core/json.ts';
import { problemOf } from '../problem.ts';
import { Refusal } from '../wire.ts';
import type { SimulatedRequest, SimulatedWorld } from '../wire.ts';

const VERSIONS = ['2023-01-01', '2023-06-01', '2026-10-21'];

const STATUS = {
  invalid_request_error: 400,
  authentication_error: 401,
  not_found_error: 404,
} as const;

export function refusal(
  message: string,
  type: keyof typeof STATUS = 'invalid_request_error',
  world?: SimulatedWorld,
): Refusal {
  const requestId = `req_${world?.id(24) ?? '0'.repeat(24)}`;
  const body = { type: 'error', error: { type, message }, request_id: requestId };
  return new Refusal(STATUS[type], body, { 'request-id': requestId });
}

/** Checks the key, in either of the two headers that may carry it, and the API's version. @throws Refusal */
export function authorize(request: SimulatedRequest, world: SimulatedWorld): void {
  const bearer = /^Bearer (.+)$/.exec(request.headers['authorization'] ?? '')?.[1];
  const key = request.headers['x-api-key'] ?? bearer;
  if (!key) throw refusal('x-api-key header is required', 'authentication_error', world);
  if (!world.accepts(key)) throw refusal('invalid x-api-key', 'authentication_error', world);
  const version = request.headers['anthropic-version'];
  if (!version) throw refusal('anthropic-version: header is required');
  if (!VERSIONS.includes(version)) {
    throw refusal(`anthropic-version: "${version}" is not a valid version for this endpoint`);
  }
}

/** @throws Refusal 400 */
export function validBody<T>(request: SimulatedRequest, schema: z.ZodType<T>): T {
  const body = jsonObject(request);
  const problem = problemOf(schema, body);
  if (!problem) return body as T;
  const place = problem.path.join('.');
  switch (problem.kind) {
    case 'unknown':
      throw refusal(`${place}: Extra inputs are not permitted`);
    case 'missing':
      throw refusal(`${place}: Field required`);
    case 'wrong':
      throw refusal(`${place}: ${problem.message}`);
  }
}

function jsonObject(request: SimulatedRequest): JsonObject {
  try {
    const body: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(request.body));
    if (isObject(body)) return body;
  } catch {
    // Told below, in Anthropic's words.
  }
  throw refusal('The request body is not valid JSON: expected an object');
}

/** @throws Refusal 404 */
export function knownModel(model: string, world: SimulatedWorld): void {
  if (!world.knows(model)) throw refusal(`model: ${model}`, 'not_found_error', world);
}
