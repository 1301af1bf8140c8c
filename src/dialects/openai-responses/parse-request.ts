import {
  type Message,
  type OutputFormat,
  type Prompt,
  type Reasoning,
  REASONING_EFFORTS,
  type Sampling,
} from '../../core/content.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { LogprobsWish } from '../../core/logprobs.ts';
import { parseJsonSchemaFormat } from '../openai/json-schema-format.ts';
import { parseMetadata } from '../openai/parse-metadata.ts';
import { collectExtras, type ExtrasCollector } from '../wire/collect-extras.ts';
import { defined } from '../wire/defined.ts';
import { Fields } from '../wire/fields.ts';
import { asksForLogprobs, TOKEN_LOGPROBS } from './include.ts';
import { parseInput } from './parse-input.ts';
import { parseToolChoice, parseTools } from './parse-tools.ts';

/** Values that change nothing: what every answer is like anyway, or what OpenAI takes when nothing is said. */
const DEFAULTS: Readonly<Record<string, Json>> = {
  background: false,
  store: false,
  truncation: 'disabled',
  top_logprobs: 0,
  include: ['reasoning.encrypted_content'],
  'text.verbosity': 'medium',
};

/** Fields that stand for input which lies with the provider. */
const STORED_INPUT = ['previous_response_id', 'conversation', 'prompt'] as const;

/**
 * A body of `POST /v1/responses`.
 * @throws CallError `invalid_request` with the path of the field at fault
 */
export function parseRequest(json: JsonObject): Prompt {
  const body = new Fields(json);
  const extras = collectExtras(DEFAULTS);
  for (const ours of ['model', 'stream', 'stream_options']) body.json(ours);
  const messages = [...parseInstructions(body), ...parseInput(body, extras)];
  if (body.json('input') === undefined && STORED_INPUT.every((key) => (json[key] ?? null) === null))
    throw body.wrong('input', 'a string or an array of items');
  const toolChoice = parseToolChoice(body, extras);
  const parallelToolCalls = body.optionalBoolean('parallel_tool_calls');
  const reasoning = parseReasoning(body, extras);
  const logprobs = parseLogprobs(body, json, extras);
  const serviceTier = body.optionalString('service_tier');
  const user = body.optionalString('user') ?? body.optionalString('safety_identifier');
  const metadata = parseMetadata(body);
  const prompt = {
    messages,
    tools: parseTools(body, extras),
    ...(toolChoice && { toolChoice }),
    ...(parallelToolCalls !== undefined && { parallelToolCalls }),
    sampling: parseSampling(body),
    format: parseFormat(body, extras),
    ...(reasoning && { reasoning }),
    ...(logprobs && { logprobs }),
    ...(serviceTier !== undefined && { serviceTier }),
    ...(user !== undefined && { user }),
    ...(metadata && { metadata }),
  };
  extras.keepRest(body);
  return { ...prompt, extras: extras.all() };
}

/** What else is to be included stays as it is. */
function parseLogprobs(body: Fields, json: JsonObject, extras: ExtrasCollector): LogprobsWish | undefined {
  const top = json['top_logprobs'];
  if (!asksForLogprobs(json) || (typeof top !== 'number' && (top ?? null) !== null)) return undefined;
  const others = (body.optionalArray('include') ?? []).filter((each) => each !== TOKEN_LOGPROBS);
  if (others.length > 0) extras.keep('include', others);
  return { top: body.optionalInteger('top_logprobs') ?? 0 };
}

function parseInstructions(body: Fields): Message[] {
  const text = body.optionalString('instructions');
  return text === undefined ? [] : [{ role: 'system', content: [{ type: 'text', text }] }];
}

function parseSampling(body: Fields): Sampling {
  return defined<Sampling>({
    temperature: body.optionalNumber('temperature'),
    topP: body.optionalNumber('top_p'),
    maxOutputTokens: body.optionalInteger('max_output_tokens'),
  });
}

function parseReasoning(body: Fields, extras: ExtrasCollector): Reasoning | undefined {
  const fields = body.optionalObject('reasoning');
  if (!fields) return undefined;
  const asked = fields.optionalString('effort');
  const effort = REASONING_EFFORTS.find((known) => known === asked);
  if (asked !== undefined && effort === undefined) extras.keep('reasoning.effort', asked);
  const older = fields.optionalString('generate_summary');
  const visible = (fields.optionalString('summary') ?? older) !== undefined;
  extras.keepRest(fields);
  return effort || visible ? { ...(effort && { effort }), ...(visible && { visible }) } : undefined;
}

function parseFormat(body: Fields, extras: ExtrasCollector): OutputFormat {
  const text = body.optionalObject('text');
  const format = text?.optionalObject('format');
  if (text) extras.keepRest(text);
  if (!format) return { kind: 'text' };
  switch (format.string('type')) {
    case 'text':
      return { kind: 'text' };
    case 'json_object':
      return { kind: 'json' };
    case 'json_schema': {
      const parsed = parseJsonSchemaFormat(format);
      extras.keepRest(format);
      return parsed;
    }
    default:
      extras.keep(format.path, format.whole());
      return { kind: 'text' };
  }
}
