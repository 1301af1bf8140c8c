import type { Message, OutputFormat, Prompt, Sampling } from '../../core/content.ts';
import type { Route } from '../../core/dialect.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { isClosedSchema } from '../prompt/closed-schema.ts';
import { Fields } from '../wire/fields.ts';
import { parseMessages, parseSystem } from './parse-messages.ts';
import { parseReasoning } from './parse-reasoning.ts';
import { parseToolChoice, parseTools } from './parse-tools.ts';

/** A body of `POST /v1/messages` or `/v1/messages/count_tokens`. @throws CallError `invalid_request` */
export function parseRequest(body: JsonObject, route: Route): Prompt {
  const fields = new Fields(body);
  const extras: Record<string, Json> = {};
  fields.json('model');
  fields.json('stream');
  const system = parseSystem(fields, extras);
  const messages: readonly Message[] = [...system, ...parseMessages(fields, extras)];
  const tools = parseTools(fields, extras);
  const choice = parseToolChoice(fields, extras);
  const outputConfig = fields.optionalObject('output_config');
  const reasoning = parseReasoning(fields, outputConfig, extras);
  const format = parseFormat(fields, outputConfig, extras);
  const serviceTier = fields.optionalString('service_tier');
  const metadata = fields.optionalObject('metadata');
  const user = metadata?.optionalString('user_id');
  const sampling = parseSampling(fields, route);
  Object.assign(extras, outputConfig?.rest(), metadata?.rest(), fields.rest());
  return {
    messages,
    tools,
    ...choice,
    sampling,
    format,
    ...(reasoning && { reasoning }),
    // Without this word the API means `auto`; only its opposite has a counterpart elsewhere.
    ...(serviceTier !== undefined && {
      serviceTier: serviceTier === 'standard_only' ? 'default' : serviceTier,
    }),
    ...(user !== undefined && { user }),
    extras,
  };
}

function parseSampling(fields: Fields, route: Route): Sampling {
  const maxOutputTokens = fields.optionalInteger('max_tokens');
  const isRequired = route.operation === 'generate';
  if ((isRequired && maxOutputTokens === undefined) || (maxOutputTokens !== undefined && maxOutputTokens < 0))
    throw fields.wrong('max_tokens', 'given: the most tokens to generate');
  const temperature = fields.optionalNumber('temperature');
  const topP = fields.optionalNumber('top_p');
  const topK = fields.optionalInteger('top_k');
  const stop = fields.optionalStrings('stop_sequences');
  return {
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(stop !== undefined && stop.length > 0 && { stop }),
  };
}

/** `output_config.format`, or `output_format` as it was called while structured outputs were in beta. */
function parseFormat(
  fields: Fields,
  outputConfig: Fields | undefined,
  extras: Record<string, Json>,
): OutputFormat {
  const beta = fields.optionalObject('output_format');
  const format = outputConfig?.optionalObject('format') ?? beta;
  if (!format) return { kind: 'text' };
  if (format.string('type') !== 'json_schema') {
    extras[format.path] = format.whole();
    return { kind: 'text' };
  }
  const schema = format.object('schema').whole();
  const name = format.optionalString('name') ?? 'answer';
  Object.assign(extras, format.rest());
  return { kind: 'json-schema', name, schema, strict: isClosedSchema(schema) };
}
