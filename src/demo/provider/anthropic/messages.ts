import { IMAGE_TOKENS, tokensOf } from '../tokens.ts';
import { eventStream, json } from '../wire.ts';
import type { Endpoint } from '../wire.ts';
import { message, messageEvents } from './answer.ts';
import { askOfMessages } from './ask.ts';
import { authorize, knownModel, refusal, validBody } from './refuse.ts';
import { checkConversation, checkParameters } from './rules.ts';
import { countSchema, messagesSchema } from './schema.ts';

/** `POST /v1/messages` as Anthropic serves it. */
export const anthropicMessages: Endpoint = (request, world) => {
  if (request.method !== 'POST' || request.path !== '/v1/messages') return null;
  authorize(request, world);
  const body = validBody(request, messagesSchema);
  knownModel(body.model, world);
  checkConversation(body);
  checkParameters(body);
  const ask = askOfMessages(body);
  const scenario = world.scenario(ask);
  const meta = {
    id: `msg_01${world.id(22)}`,
    model: body.model,
    toolIds: scenario.toolCalls.map(() => `toolu_01${world.id(22)}`),
  };
  const headers = { 'request-id': `req_${world.id(24)}` };
  return ask.stream
    ? eventStream(messageEvents(scenario, meta), headers)
    : json(message(scenario, meta), 200, headers);
};

/** `POST /v1/messages/count_tokens`. */
export const anthropicCount: Endpoint = (request, world) => {
  if (request.method !== 'POST' || request.path !== '/v1/messages/count_tokens') return null;
  authorize(request, world);
  const body = validBody(request, countSchema);
  knownModel(body.model, world);
  checkConversation(body);
  const ask = askOfMessages(body);
  return json({ input_tokens: Math.max(1, tokensOf(ask.promptText) + ask.images * IMAGE_TOKENS) });
};

/** `GET /v1/models`, told from OpenAI's by the version header. */
export function anthropicModels(models: readonly string[]): Endpoint {
  const entry = (id: string) => ({ type: 'model', id, display_name: id, created_at: '2025-01-01T00:00:00Z' });
  return (request, world) => {
    if (request.method !== 'GET' || !/^\/v1\/models(\/|$)/.test(request.path)) return null;
    if (!request.headers['anthropic-version']) return null;
    authorize(request, world);
    const id = decodeURIComponent(request.path.slice('/v1/models/'.length));
    if (id && !models.includes(id)) throw refusal(`model: ${id}`, 'not_found_error', world);
    if (id) return json(entry(id));
    const data = models.map(entry);
    return json({ data, has_more: false, first_id: models[0] ?? null, last_id: models.at(-1) ?? null });
  };
}
