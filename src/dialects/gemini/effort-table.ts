import type { ReasoningEffort } from '../../core/content.ts';

/**
 * Effort in core terms ⇄ what Gemini is told, after Google's own mapping for OpenAI clients
 * (https://ai.google.dev/gemini-api/docs/openai#thinking). Gemini 2.5 is given a budget of tokens, later models a level.
 *
 * | core       | thinkingBudget                        | thinkingLevel                         |
 * |------------|---------------------------------------|---------------------------------------|
 * | none       | 0; Pro cannot stop: 128               | MINIMAL, for it cannot be stopped; Pro: LOW |
 * | minimal    | 512                                   | MINIMAL; Pro: LOW                     |
 * | low        | 1,024                                 | LOW                                   |
 * | medium     | 8,192                                 | MEDIUM                                |
 * | high       | 24,576                                | HIGH                                  |
 * | xhigh, max | 24,576; Pro: 32,768                   | HIGH                                  |
 *
 * Read from a client, a level is the effort of that name, budget 0 is none, and any other budget stays a budget.
 */
export const BUDGETS: Readonly<Record<ReasoningEffort, number>> = {
  none: 0,
  minimal: 512,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 32_768,
  max: 32_768,
};

export const LEVELS: Readonly<Record<ReasoningEffort, string>> = {
  none: 'MINIMAL',
  minimal: 'MINIMAL',
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  xhigh: 'HIGH',
  max: 'HIGH',
};

/** Smallest and largest budget. */
export const PRO_BUDGET = [128, 32_768] as const;
export const FLASH_BUDGET = [0, 24_576] as const;

/** A `thinkingLevel` as an effort; undefined for `THINKING_LEVEL_UNSPECIFIED` and what is yet to come. */
export function effortOfLevel(level: string): ReasoningEffort | undefined {
  switch (level.toUpperCase()) {
    case 'MINIMAL':
      return 'minimal';
    case 'LOW':
      return 'low';
    case 'MEDIUM':
      return 'medium';
    case 'HIGH':
      return 'high';
    default:
      return undefined;
  }
}
