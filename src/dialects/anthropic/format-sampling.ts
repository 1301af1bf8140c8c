import type { Sampling } from '../../core/content.ts';
import { compact, type JsonObject } from '../../core/json.ts';
import type { Warnings } from '../wire/warnings.ts';
import type { ClaudeFeatures } from './claude-features.ts';
import { TITLE } from './owner.ts';

/**
 * Temperature here ends at 1. Models from 4.7 on take no sampling parameters, thinking ones only a `top_p` near 1, and
 * those from 4.1 on not both at once.
 */
export function formatSampling(
  sampling: Sampling,
  features: ClaudeFeatures,
  isThinking: boolean,
  warnings: Warnings,
): JsonObject {
  for (const [name, value] of [
    ['seed', sampling.seed],
    ['frequency_penalty', sampling.frequencyPenalty],
    ['presence_penalty', sampling.presencePenalty],
  ] as const)
    if (value !== undefined) warnings.add(`${name}: ${TITLE} has no such parameter`);
  return compact({
    ...steering(sampling, features, isThinking, warnings),
    stop_sequences: stopSequences(sampling.stop, warnings),
  });
}

function steering(
  { temperature, topP, topK }: Sampling,
  features: ClaudeFeatures,
  isThinking: boolean,
  warnings: Warnings,
): Record<string, number | undefined> {
  if (!features.takesSampling) {
    if (temperature !== undefined) warnings.add(refused('temperature'));
    if (topP !== undefined) warnings.add(refused('top_p'));
    if (topK !== undefined) warnings.add(refused('top_k'));
    return {};
  }
  const taken = isThinking
    ? beside(temperature, topP, topK, warnings)
    : { temperature: clamped(temperature, warnings), top_p: topP, top_k: topK };
  if (taken.temperature === undefined || taken.top_p === undefined || features.takesBothSampling)
    return taken;
  warnings.add('top_p: this model takes only one of temperature and top_p');
  return { ...taken, top_p: undefined };
}

function clamped(temperature: number | undefined, warnings: Warnings): number | undefined {
  if (temperature === undefined || (temperature >= 0 && temperature <= 1)) return temperature;
  const nearest = Math.min(Math.max(temperature, 0), 1);
  warnings.add(`temperature: ${TITLE} takes 0 to 1, sent ${nearest} instead of ${temperature}`);
  return nearest;
}

/** What may stand beside thinking. */
function beside(
  temperature: number | undefined,
  topP: number | undefined,
  topK: number | undefined,
  warnings: Warnings,
): Record<'temperature' | 'top_p' | 'top_k', number | undefined> {
  const keepsTemperature = temperature === undefined || temperature === 1;
  const keepsTopP = topP === undefined || topP >= 0.95;
  if (!keepsTemperature) warnings.add(whileThinking('temperature'));
  if (!keepsTopP) warnings.add(whileThinking('top_p'));
  if (topK !== undefined) warnings.add(whileThinking('top_k'));
  return {
    temperature: keepsTemperature ? temperature : undefined,
    top_p: keepsTopP ? topP : undefined,
    top_k: undefined,
  };
}

function refused(name: string): string {
  return `${name}: this model of ${TITLE} takes no sampling parameters`;
}

function whileThinking(name: string): string {
  return `${name}: ${TITLE} does not take it while the model thinks`;
}

/** The API refuses stop sequences of white space alone. */
function stopSequences(stop: readonly string[] | undefined, warnings: Warnings): string[] | undefined {
  const visible = stop?.filter((sequence) => sequence.trim() !== '');
  if (visible?.length !== stop?.length)
    warnings.add(`stop: ${TITLE} takes no sequences of white space alone`);
  return visible && visible.length > 0 ? visible : undefined;
}
