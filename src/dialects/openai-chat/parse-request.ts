import { type OutputFormat, type Prompt, REASONING_EFFORTS, type Sampling } from '../../core/content.ts';
import { CallError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { LogprobsWish } from '../../core/logprobs.ts';
import { parseJsonSchemaFormat } from '../openai/json-schema-format.ts';
import { parseMetadata } from '../openai/parse-metadata.ts';
import { defined } from '../wire/defined.ts';
import { collectExtras, type ExtrasCollector } from '../wire/collect-extras.ts';
import { Fields } from '../wire/fields.ts';
import { parseMessages } from './parse-messages.ts';
import { parseToolChoice, parseTools } from './parse-tools.ts';

/** Values that change nothing and that some clients always send. */
const DEFAULTS: Readonly<Record<string, Json>> = {
  n: 1,
  logprobs: false,
  top_logprobs: 0,
  logit_bias: {},
  modalities: ['text'],
  store: false,
  verbosity: 'medium',
};

/**
 * A body of `POST /v1/chat/completions`.
 * @throws CallError `invalid_request` with the path of the field at fault
 */
export function parseRequest(json: JsonObject): Prompt {
  const body = new Fields(json);
  const extras = collectExtras(DEFAULTS);
  for (const ours of ['model', 'stream', 'stream_options']) body.json(ours);
  const messages = body.items('messages');
  if (messages.length === 0)
    throw new CallError('invalid_request', 'messages must be an array of at least one message.', {
      param: 'messages',
    });
  const toolChoice = parseToolChoice(body, extras);
  const parallelToolCalls = body.optionalBoolean('parallel_tool_calls');
  const effort = parseEffort(body, extras);
  const logprobs = parseLogprobs(body, json);
  const serviceTier = body.optionalString('service_tier');
  const user = body.optionalString('user') ?? body.optionalString('safety_identifier');
  const metadata = parseMetadata(body);
  const prompt = {
    messages: parseMessages(messages, extras),
    tools: parseTools(body, extras),
    ...(toolChoice && { toolChoice }),
    ...(parallelToolCalls !== undefined && { parallelToolCalls }),
    sampling: parseSampling(body),
    format: parseFormat(body, extras),
    ...(effort && { reasoning: { effort } }),
    ...(logprobs && { logprobs }),
    ...(serviceTier !== undefined && { serviceTier }),
    ...(user !== undefined && { user }),
    ...(metadata && { metadata }),
  };
  extras.keepRest(body);
  return { ...prompt, extras: extras.all() };
}

function parseSampling(body: Fields): Sampling {
  const olderMaximum = body.optionalInteger('max_tokens');
  const topK = body.optionalInteger('top_k');
  return defined({
    temperature: body.optionalNumber('temperature'),
    topP: body.optionalNumber('top_p'),
    // Servers that know top_k switch it off with 0 or -1.
    topK: topK !== undefined && topK > 0 ? topK : undefined,
    maxOutputTokens: body.optionalInteger('max_completion_tokens') ?? olderMaximum,
    stop: parseStop(body),
    seed: body.optionalInteger('seed'),
    frequencyPenalty: body.optionalNumber('frequency_penalty'),
    presencePenalty: body.optionalNumber('presence_penalty'),
  });
}

/** Anything but plain wishes is left to those who know what it means. */
function parseLogprobs(body: Fields, { logprobs, top_logprobs: top }: JsonObject): LogprobsWish | undefined {
  if (logprobs !== true || (typeof top !== 'number' && (top ?? null) !== null)) return undefined;
  body.json('logprobs');
  return { top: body.optionalInteger('top_logprobs') ?? 0 };
}

function parseStop(body: Fields): string[] | undefined {
  const stop = body.json('stop');
  if (typeof stop === 'string') return [stop];
  const stops = body.optionalStrings('stop');
  return stops?.length === 0 ? undefined : stops;
}

function parseEffort(body: Fields, extras: ExtrasCollector): (typeof REASONING_EFFORTS)[number] | undefined {
  const value = body.optionalString('reasoning_effort');
  const effort = REASONING_EFFORTS.find((known) => known === value);
  if (value !== undefined && effort === undefined) extras.keep('reasoning_effort', value);
  return effort;
}

function parseFormat(body: Fields, extras: ExtrasCollector): OutputFormat {
  const format = body.optionalObject('response_format');
  if (!format) return { kind: 'text' };
  switch (format.string('type')) {
    case 'text':
      return { kind: 'text' };
    case 'json_object':
      return { kind: 'json' };
    case 'json_schema': {
      const described = format.object('json_schema');
      const parsed = parseJsonSchemaFormat(described);
      extras.keepRest(described);
      return parsed;
    }
    default:
      extras.keep('response_format', format.whole());
      return { kind: 'text' };
  }
}
