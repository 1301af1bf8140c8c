import { isObject } from '../../../core/json.ts';
import type { JsonObject } from '../../../core/json.ts';
import { eventStream, json } from '../wire.ts';
import type { Endpoint, SimulatedRequest } from '../wire.ts';
import { authorize, knownModel, validBody } from './refuse.ts';
import { responseObject, outputItems } from './responses-answer.ts';
import { askOfResponses } from './responses-ask.ts';
import { checkResponsesRules } from './responses-rules.ts';
import { responsesSchema } from './responses-schema.ts';
import { responsesEvents } from './responses-stream.ts';

/** `POST /v1/responses` as OpenAI serves it. */
export const openAiResponses: Endpoint = (request, world) => {
  if (request.method !== 'POST' || request.path !== '/v1/responses') return null;
  authorize(request, world);
  const body = validBody(withItemTypes(request), responsesSchema);
  knownModel(body.model, world);
  checkResponsesRules(body);
  const ask = askOfResponses(body);
  const scenario = world.scenario(ask);
  const meta = {
    id: `resp_${world.id(48)}`,
    created: Math.floor(world.now() / 1000),
    body,
    itemId: (prefix: string) => prefix + world.id(48),
  };
  const headers = { 'x-request-id': `req_${world.id(32)}` };
  return ask.stream
    ? eventStream(responsesEvents(scenario, meta), headers)
    : json(responseObject(scenario, meta, outputItems(scenario, meta), true), 200, headers);
};

/** Messages may leave out their type; with it written in, one schema reads them all. */
function withItemTypes(request: SimulatedRequest): SimulatedRequest {
  let body: unknown;
  try {
    body = JSON.parse(Buffer.from(request.body).toString());
  } catch {
    return request;
  }
  if (!isObject(body) || !Array.isArray(body['input'])) return request;
  const input = (body['input'] as readonly JsonObject[]).map((item) =>
    isObject(item) && !item['type'] && item['role'] ? { ...item, type: 'message' } : item,
  );
  return { ...request, body: Buffer.from(JSON.stringify({ ...body, input })) };
}
