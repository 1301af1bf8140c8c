/** What a Claude model takes and what it answers with an error. */
export interface ClaudeFeatures {
  /** `budget`: thinking is given tokens; `adaptive`: the model decides, guided by an effort. */
  readonly thinking: 'none' | 'budget' | 'adaptive';
  readonly canStopThinking: boolean;
  readonly hasXhighEffort: boolean;
  readonly takesSampling: boolean;
  /** Whether temperature and top_p may stand side by side. */
  readonly takesBothSampling: boolean;
  readonly takesForcedTools: boolean;
  /** Answers and strict tools that follow a JSON schema. */
  readonly hasSchemas: boolean;
  readonly mostOutputTokens: number;
}

/** Other models behind this API are given what they are asked for, in its newest form. */
const UNKNOWN: ClaudeFeatures = {
  thinking: 'adaptive',
  canStopThinking: true,
  hasXhighEffort: true,
  takesSampling: true,
  takesBothSampling: true,
  takesForcedTools: true,
  hasSchemas: true,
  mostOutputTokens: 32_000,
};

/** `claude-opus-4-8`, `claude-sonnet-4-5-20250929`, `claude-3-7-sonnet-latest`, `anthropic.claude-opus-5-v1:0`. */
const NAME = /claude-(?:(?<family>[a-z]+)-)?(?:(?<major>\d{1,2})(?:[-.](?<minor>\d{1,2}))?(?!\d))?/;

/**
 * By the version in the name, so that a new model is treated like the newest known one. Kept from
 * https://platform.claude.com/docs/en/build-with-claude/thinking, /effort and /structured-outputs.
 */
export function claudeFeatures(model: string): ClaudeFeatures {
  const name = NAME.exec(model)?.groups;
  if (!name) return UNKNOWN;
  const family = name['family'] ?? '';
  const version = name['major'] === undefined ? 99 : Number(name['major']) + Number(name['minor'] ?? 0) / 100;
  const thinksAlways = family === 'fable' || family === 'mythos';
  const isLargeOf5 = version >= 5.05 && family !== 'haiku';
  return {
    thinking: version < 3.07 ? 'none' : version < 4.06 ? 'budget' : 'adaptive',
    canStopThinking: !thinksAlways && !isLargeOf5,
    hasXhighEffort: version >= 4.07,
    takesSampling: version < 4.07,
    takesBothSampling: version < 4.01,
    takesForcedTools: thinksAlways ? version < 5.01 : !isLargeOf5,
    hasSchemas: version >= 4.05 || (family === 'opus' && version >= 4.01),
    mostOutputTokens: mostOutputTokens(family, version),
  };
}

function mostOutputTokens(family: string, version: number): number {
  if (version < 3.05) return 4096;
  if (version < 3.07) return 8192;
  if (version >= 4.06) return 128_000;
  return family === 'opus' && version < 4.05 ? 32_000 : 64_000;
}
