import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { AnswerLogprobs, NamedLogprob, TokenLogprob } from '../../core/logprobs.ts';
import { camelKeys } from './camel-keys.ts';

/** More alternatives than Gemini tells. */
const MOST_TOP = 32;

/** The tokens of a candidate's `logprobsResult`. What cannot be read is passed over: it is no part of the answer. */
export function parseTokens(result: Json | undefined): TokenLogprob[] {
  if (!isObject(result)) return [];
  const steps = listOf(result['topCandidates']);
  return listOf(result['chosenCandidates']).flatMap((chosen, index) => {
    const named = parseNamed(chosen);
    const step = steps[index];
    const others = isObject(step) ? listOf(step['candidates']).slice(0, MOST_TOP) : [];
    return named ? [{ ...named, top: others.flatMap((other) => parseNamed(other) ?? []) }] : [];
  });
}

function parseNamed(candidate: Json): NamedLogprob | null {
  if (!isObject(candidate)) return null;
  // Nothing is said of a token or a value that is empty or 0.
  const { token = '', logProbability: logprob = 0 } = candidate;
  return typeof token === 'string' && isFinite(logprob) ? { token, logprob } : null;
}

/** A candidate's `avgLogprobs`. */
export function parseMean(value: Json | undefined): number | undefined {
  return isFinite(value) ? value : undefined;
}

function isFinite(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

export function asksForLogprobs(body: JsonObject): boolean {
  const config = body['generationConfig'] ?? body['generation_config'];
  return isObject(config) && camelKeys(config)['responseLogprobs'] === true;
}

/** What a candidate says of its tokens. */
export function formatLogprobs({ tokens, mean }: AnswerLogprobs): JsonObject {
  const average = meanOf(tokens) ?? mean;
  return {
    ...(average !== undefined && { avgLogprobs: average }),
    ...(tokens.length > 0 && {
      logprobsResult: {
        chosenCandidates: tokens.map(formatNamed),
        topCandidates: tokens.map(({ top }) => ({ candidates: top.map(formatNamed) })),
      },
    }),
  };
}

function formatNamed({ token, logprob }: NamedLogprob): JsonObject {
  return { token, logProbability: logprob };
}

function meanOf(tokens: readonly TokenLogprob[]): number | undefined {
  if (tokens.length === 0) return undefined;
  return tokens.reduce((sum, { logprob }) => sum + logprob, 0) / tokens.length;
}
