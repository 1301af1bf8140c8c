import type { Json, JsonObject } from '../../core/json.ts';
import { badRequest, unsupported } from './api-error.ts';
import type { PromptCodec } from './codec.ts';
import { fieldsOf } from './fields.ts';
import { type Generation, MOST_ALTERNATIVES, MOST_SEQUENCES, parseCommon } from './generation.ts';

/** OpenAI's own default. */
const DEFAULT_TOKENS = 16;

export interface CompletionRequest extends Generation {
  /** The text of each prompt, to stand before its answers; null without `echo`. */
  readonly echo: readonly string[] | null;
  /** Whether the tokens of the prompt get log probabilities too. */
  readonly scored: boolean;
}

/** A body of `/v1/completions`. @throws ApiError */
export async function parseCompletion(body: JsonObject, codec: PromptCodec): Promise<CompletionRequest> {
  const fields = fieldsOf(body);
  const common = parseCommon(body);
  const logprobs = fields.integer('logprobs', 0, MOST_ALTERNATIVES);
  const echo = fields.boolean('echo') ?? false;
  const bestOf = fields.integer('best_of', 1, 20);
  if (bestOf !== null && bestOf !== common.choices)
    throw unsupported('best_of', 'best_of: the engine returns every choice that it makes; use n.');
  const texts = promptsOf(body['prompt'], codec.vocabSize);
  if (texts.length * common.choices > MOST_SEQUENCES)
    throw badRequest('n', `Prompts times n must be at most ${MOST_SEQUENCES} sequences.`);
  const prompts: (readonly number[])[] = [];
  for (const prompt of texts) prompts.push(typeof prompt === 'string' ? await codec.encode(prompt) : prompt);
  if (prompts.some((tokens) => tokens.length === 0)) throw badRequest('prompt', 'prompt must not be empty.');
  return {
    ...common,
    prompts,
    logprobs,
    scored: echo && logprobs !== null,
    maxTokens: common.maxTokens ?? DEFAULT_TOKENS,
    echo: echo ? texts.map((prompt) => (typeof prompt === 'string' ? prompt : codec.decode(prompt))) : null,
  };
}

type Prompt = string | readonly number[];

/** Text, texts, token ids, or several lists of token ids. */
function promptsOf(given: Json | undefined, vocabSize: number): readonly Prompt[] {
  if (typeof given === 'string') return [given];
  if (!Array.isArray(given) || given.length === 0)
    throw badRequest('prompt', 'prompt must be text, token ids, or a list of either.');
  const items = given as readonly Json[];
  if (typeof items[0] === 'number') return [tokensOf(items, 'prompt', vocabSize)];
  return items.map((item, index) => {
    if (typeof item === 'string') return item;
    if (Array.isArray(item)) return tokensOf(item as readonly Json[], `prompt[${index}]`, vocabSize);
    throw badRequest(`prompt[${index}]`, `prompt[${index}] must be text or a list of token ids.`);
  });
}

function tokensOf(given: readonly Json[], param: string, vocabSize: number): readonly number[] {
  return given.map((token) => {
    if (typeof token === 'number' && Number.isInteger(token) && token >= 0 && token < vocabSize) return token;
    throw badRequest(param, `${param} must hold token ids from 0 to ${vocabSize - 1}.`);
  });
}
