import type { JsonObject } from '../../core/json.ts';
import type { SamplingOptions } from '../ports.ts';
import { badRequest } from './api-error.ts';
import { type Fields, fieldsOf } from './fields.ts';

/** What both APIs ask of the engine. */
export interface Generation {
  readonly prompts: readonly (readonly number[])[];
  /** Answers to each prompt. */
  readonly choices: number;
  /** Null: as many as the context has room for. */
  readonly maxTokens: number | null;
  readonly sampling: SamplingOptions;
  readonly stop: readonly string[];
  readonly ignoreEos: boolean;
  readonly logprobs: number | null;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly tokenIds: boolean;
}

export const MOST_ALTERNATIVES = 20;
export const MOST_SEQUENCES = 128;
const MOST_CHOICES = 64;
const MOST_STOPS = 16;
const MOST_STOP_CHARS = 1_000;
const MOST_TOKENS = 2 ** 31 - 1;
const MOST_SEED = Number.MAX_SAFE_INTEGER;

/** The fields that mean the same in both APIs. @throws ApiError */
export function parseCommon(
  body: JsonObject,
): Omit<Generation, 'prompts' | 'maxTokens' | 'logprobs'> & { readonly maxTokens: number | null } {
  const fields = fieldsOf(body);
  const stream = fields.boolean('stream') ?? false;
  return {
    choices: fields.integer('n', 1, MOST_CHOICES) ?? 1,
    maxTokens: fields.integer('max_tokens', 1, MOST_TOKENS),
    sampling: parseSampling(fields),
    stop: parseStop(fields),
    ignoreEos: fields.boolean('ignore_eos') ?? false,
    stream,
    includeUsage: parseStreamOptions(fields, stream),
    tokenIds: fields.boolean('return_token_ids') ?? false,
  };
}

function parseSampling(fields: Fields): SamplingOptions {
  return {
    temperature: fields.number('temperature', 0, 2) ?? 1,
    // Some clients say −1 for all tokens.
    topK: Math.max(0, fields.integer('top_k', -1, MOST_TOKENS) ?? 0),
    topP: fields.number('top_p', 0, 1) ?? 1,
    minP: fields.number('min_p', 0, 1) ?? 0,
    seed: fields.integer('seed', -MOST_SEED, MOST_SEED),
    frequencyPenalty: fields.number('frequency_penalty', -2, 2) ?? 0,
    presencePenalty: fields.number('presence_penalty', -2, 2) ?? 0,
    repetitionPenalty: fields.number('repetition_penalty', 0.01, 10) ?? 1,
  };
}

function parseStop(fields: Fields): readonly string[] {
  const given = fields.value('stop');
  const texts = given === null ? [] : Array.isArray(given) ? given : [given];
  if (texts.length > MOST_STOPS) throw badRequest('stop', `stop takes at most ${MOST_STOPS} texts.`);
  return texts.map((text) => {
    if (typeof text === 'string' && text !== '' && text.length <= MOST_STOP_CHARS) return text;
    throw badRequest('stop', `stop must be texts of 1 to ${MOST_STOP_CHARS} characters.`);
  });
}

function parseStreamOptions(fields: Fields, stream: boolean): boolean {
  const given = fields.value('stream_options');
  if (given === null) return false;
  if (typeof given !== 'object' || Array.isArray(given))
    throw badRequest('stream_options', 'stream_options must be an object.');
  if (!stream) throw badRequest('stream_options', 'stream_options is only for streams; set "stream": true.');
  const options = given as JsonObject;
  const other = Object.keys(options).find(
    (name) => name !== 'include_usage' && name !== 'include_obfuscation',
  );
  if (other !== undefined)
    throw badRequest('stream_options', `There is no stream option ${JSON.stringify(other.slice(0, 100))}.`);
  return fieldsOf(options, 'stream_options.').boolean('include_usage') ?? false;
}
