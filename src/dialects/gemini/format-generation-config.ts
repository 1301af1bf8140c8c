import type { OutputFormat, Prompt, Sampling } from '../../core/content.ts';
import { compact, type Json, type JsonObject } from '../../core/json.ts';
import type { Warnings } from '../wire/warnings.ts';
import { formatThinking } from './format-thinking.ts';
import type { GeminiFeatures } from './gemini-features.ts';
import { TITLE } from './owner.ts';

const MOST_STOPS = 5;

export function formatGenerationConfig(
  prompt: Prompt,
  features: GeminiFeatures,
  warnings: Warnings,
): JsonObject | undefined {
  const config = compact({
    ...formatSampling(prompt.sampling, features, warnings),
    ...formatOutput(prompt.format, warnings),
    responseLogprobs: prompt.logprobs && true,
    logprobs: prompt.logprobs?.top || undefined,
    thinkingConfig: formatThinking(prompt.reasoning, features, warnings),
  });
  return Object.keys(config).length > 0 ? config : undefined;
}

function formatSampling(
  sampling: Sampling,
  features: GeminiFeatures,
  warnings: Warnings,
): Record<string, Json | undefined> {
  const { temperature, topP, topK, maxOutputTokens, stop, seed, frequencyPenalty, presencePenalty } =
    sampling;
  if (stop && stop.length > MOST_STOPS) warnings.add(`stop: ${TITLE} takes the first ${MOST_STOPS} alone`);
  const penalties = features.takesPenalties ? { frequencyPenalty, presencePenalty } : {};
  if (!features.takesPenalties && (frequencyPenalty ?? presencePenalty) !== undefined)
    warnings.add(`frequency_penalty, presence_penalty: this model of ${TITLE} takes none`);
  return {
    temperature,
    topP,
    topK,
    maxOutputTokens,
    stopSequences: stop?.slice(0, MOST_STOPS),
    seed,
    ...penalties,
  };
}

function formatOutput(format: OutputFormat, warnings: Warnings): Record<string, Json> {
  switch (format.kind) {
    case 'text':
      return {};
    case 'json':
      return { responseMimeType: 'application/json' };
    case 'json-schema':
      warnings.add(
        `response format: ${TITLE} takes the schema alone, without name, description and strictness`,
      );
      return { responseMimeType: 'application/json', responseJsonSchema: format.schema };
  }
}
