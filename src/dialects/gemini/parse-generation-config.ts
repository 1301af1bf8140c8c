import type { LogprobsWish } from '../../core/logprobs.ts';
import type { OutputFormat, Prompt, Reasoning, Sampling } from '../../core/content.ts';
import type { Json } from '../../core/json.ts';
import { isClosedSchema } from '../prompt/closed-schema.ts';
import type { Fields } from '../wire/fields.ts';
import { effortOfLevel } from './effort-table.ts';
import { jsonSchemaOf } from './json-schema.ts';

/** https://ai.google.dev/api/generate-content#generationconfig */
export function parseGenerationConfig(
  config: Fields | undefined,
  extras: Record<string, Json>,
): Pick<Prompt, 'sampling' | 'format' | 'reasoning' | 'logprobs'> {
  if (!config) return { sampling: {}, format: { kind: 'text' } };
  const sampling = parseSampling(config);
  const format = parseFormat(config);
  const reasoning = parseThinking(config.optionalObject('thinkingConfig'), extras);
  const logprobs = parseLogprobs(config);
  Object.assign(extras, config.rest());
  return { sampling, format, ...(reasoning && { reasoning }), ...(logprobs && { logprobs }) };
}

function parseSampling(config: Fields): Sampling {
  const temperature = config.optionalNumber('temperature');
  const topP = config.optionalNumber('topP');
  const topK = config.optionalNumber('topK');
  const maxOutputTokens = config.optionalInteger('maxOutputTokens');
  const stop = config.optionalStrings('stopSequences');
  const seed = config.optionalInteger('seed');
  const frequencyPenalty = config.optionalNumber('frequencyPenalty');
  const presencePenalty = config.optionalNumber('presencePenalty');
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(stop !== undefined && stop.length > 0 && { stop }),
    ...(seed !== undefined && { seed }),
    ...(frequencyPenalty !== undefined && { frequencyPenalty }),
    ...(presencePenalty !== undefined && { presencePenalty }),
  };
}

/** Anything but plain wishes is left to those who know what it means. */
function parseLogprobs(config: Fields): LogprobsWish | undefined {
  const { responseLogprobs: asked, logprobs: top = null } = config.whole();
  if (asked !== true || (typeof top !== 'number' && top !== null)) return undefined;
  config.json('responseLogprobs');
  return { top: config.optionalInteger('logprobs') ?? 0 };
}

/** A schema only counts together with `application/json`; other types than text and JSON stay unread. */
function parseFormat(config: Fields): OutputFormat {
  const mimeType = config.whole()['responseMimeType'];
  if (mimeType === 'text/plain') config.json('responseMimeType');
  if (mimeType !== 'application/json') return { kind: 'text' };
  config.json('responseMimeType');
  const given = config.optionalJsonObject('responseJsonSchema');
  const own = config.optionalJsonObject('responseSchema');
  const schema = given ?? (own && jsonSchemaOf(own));
  if (!schema) return { kind: 'json' };
  return { kind: 'json-schema', name: 'answer', schema, strict: isClosedSchema(schema) };
}

function parseThinking(config: Fields | undefined, extras: Record<string, Json>): Reasoning | undefined {
  if (!config) return undefined;
  const visible = config.optionalBoolean('includeThoughts');
  const shown = visible === undefined ? {} : { visible };
  const budget = config.optionalInteger('thinkingBudget');
  const level = config.optionalString('thinkingLevel');
  const effort = level === undefined ? undefined : effortOfLevel(level);
  Object.assign(extras, config.rest());
  if (budget === 0) return { effort: 'none', ...shown };
  return {
    ...(effort && { effort }),
    // -1 leaves it to the model, which is what saying nothing does.
    ...(budget !== undefined && budget > 0 && { budgetTokens: budget }),
    ...shown,
  };
}
