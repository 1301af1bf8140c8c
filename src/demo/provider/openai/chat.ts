import type { Ask } from '../ask.ts';
import { eventStream, json } from '../wire.ts';
import type { Endpoint, SimulatedAnswer, SimulatedWorld } from '../wire.ts';
import { chatChunks, chatCompletion } from './chat-answer.ts';
import type { ChatFlavour } from './chat-answer.ts';
import { askOfChat } from './chat-ask.ts';
import { OPENAI_CHAT, VLLM_CHAT } from './chat-flavours.ts';
import { checkChatRules, checkReasoningModel } from './chat-rules.ts';
import { chatSchema } from './chat-schema.ts';
import type { ChatBody } from './chat-schema.ts';
import { authorize, knownModel, validBody } from './refuse.ts';

/** `POST /v1/chat/completions` as OpenAI serves it. */
export const openAiChat: Endpoint = (request, world) => {
  if (request.method !== 'POST' || request.path !== '/v1/chat/completions') return null;
  authorize(request, world);
  const body = validBody(request, chatSchema);
  knownModel(body.model, world);
  checkChatRules(body);
  checkReasoningModel(body);
  return answer(body, askOfChat(body), OPENAI_CHAT, world);
};

/** The same as vLLM serves it: unknown fields are ignored, and every model may think. */
export const compatibleChat: Endpoint = (request, world) => {
  if (request.method !== 'POST' || request.path !== '/v1/chat/completions') return null;
  authorize(request, world);
  const body = validBody(request, chatSchema, true);
  knownModel(body.model, world);
  checkChatRules(body);
  const ask = { ...askOfChat(body), reasons: Boolean(body.reasoning_effort), serviceTier: null };
  return answer(body, ask, VLLM_CHAT, world);
};

function answer(body: ChatBody, ask: Ask, flavour: ChatFlavour, world: SimulatedWorld): SimulatedAnswer {
  const scenario = world.scenario(ask);
  const meta = {
    id: flavour.idPrefix + world.id(29),
    created: Math.floor(world.now() / 1000),
    model: body.model,
    choices: body.n ?? 1,
    toolIds: scenario.toolCalls.map(() => flavour.toolIdPrefix + world.id(24)),
    topLogprobs: body.logprobs ? (body.top_logprobs ?? 0) : null,
    includeUsage: body.stream_options?.include_usage ?? false,
  };
  const headers = { 'x-request-id': `req_${world.id(32)}` };
  return ask.stream
    ? eventStream(chatChunks(scenario, meta, flavour), headers)
    : json(chatCompletion(scenario, meta, flavour), 200, headers);
}
