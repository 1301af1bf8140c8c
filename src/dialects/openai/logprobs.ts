import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { NamedLogprob, TokenLogprob } from '../../core/logprobs.ts';

/** More alternatives than OpenAI tells. */
const MOST_TOP = 32;
const REPLACEMENT = '\uFFFD';

/** The tokens of a list as chat completions and responses write it. What cannot be read is passed over: it is no part of the answer. */
export function parseTokens(list: Json | undefined): TokenLogprob[] {
  if (!Array.isArray(list)) return [];
  return (list as readonly Json[]).flatMap((entry) => {
    const named = parseNamed(entry);
    if (!named || !isObject(entry)) return [];
    const top: Json | undefined = entry['top_logprobs'];
    const others = Array.isArray(top) ? (top as readonly Json[]).slice(0, MOST_TOP) : [];
    return [{ ...named, top: others.flatMap((other) => parseNamed(other) ?? []) }];
  });
}

/** The `logprobs` of a choice: of what was said and of a refusal; or the parallel lists of older completions. */
export function parseChoiceLogprobs(logprobs: Json | undefined): TokenLogprob[] {
  if (!isObject(logprobs)) return [];
  const { content, refusal, tokens, token_logprobs: values } = logprobs;
  if (Array.isArray(tokens) && Array.isArray(values)) {
    const list = values as readonly Json[];
    return parseTokens(
      (tokens as readonly Json[]).map((token, index) => ({ token, logprob: list[index] ?? null })),
    );
  }
  return [...parseTokens(content), ...parseTokens(refusal)];
}

function parseNamed(entry: Json): NamedLogprob | null {
  if (!isObject(entry)) return null;
  const { token, logprob, bytes } = entry;
  if (typeof token !== 'string' || typeof logprob !== 'number' || !Number.isFinite(logprob)) return null;
  return token.includes(REPLACEMENT) && isBytes(bytes) ? { token, logprob, bytes } : { token, logprob };
}

/** No token of a real vocabulary is longer. */
const MOST_BYTES = 1_024;

function isBytes(value: Json | undefined): value is readonly number[] {
  return (
    Array.isArray(value) &&
    value.length <= MOST_BYTES &&
    (value as readonly Json[]).every(
      (byte) => typeof byte === 'number' && Number.isInteger(byte) && byte >= 0 && byte <= 255,
    )
  );
}

export function formatTokens(tokens: readonly TokenLogprob[]): JsonObject[] {
  return tokens.map(({ top, ...token }) => ({ ...formatNamed(token), top_logprobs: top.map(formatNamed) }));
}

function formatNamed({ token, logprob, bytes }: NamedLogprob): JsonObject {
  const known = bytes ?? (token.includes(REPLACEMENT) ? null : [...Buffer.from(token)]);
  return { token, logprob, bytes: known };
}
