import type { JsonObject } from '../../core/json.ts';
import type { FinishReason } from '../../core/part.ts';
import { usageOf } from '../../core/usage.ts';
import type { Usage } from '../../core/usage.ts';
import type { Ask, OfferedTool } from './ask.ts';
import { sampleOf } from './sample.ts';
import { CHARS_PER_TOKEN, IMAGE_TOKENS, tokensOf } from './tokens.ts';
import { pieces, seededRandom, sentences } from './words.ts';

export interface ScenarioToolCall {
  readonly name: string;
  readonly arguments: JsonObject;
}

/** One answer, in no provider's words. The wire APIs write it in theirs. */
export interface Scenario {
  /** Thoughts, in the pieces in which they are streamed. */
  readonly reasoning: readonly string[];
  /** The answer's text, in the pieces in which it is streamed. */
  readonly text: readonly string[];
  /** Log-probabilities of the pieces of the text, for who asks; those that are not given are made up. */
  readonly logprobs: readonly number[];
  readonly toolCalls: readonly ScenarioToolCall[];
  readonly usage: Usage;
  /** The tier that serves the call, in the provider's word; null says nothing about it. */
  readonly serviceTier: string | null;
  readonly finish: FinishReason;
  readonly stopSequence: string | null;
}

/** A scenario with the missing fields filled in: usage from the lengths, the finish from the tool calls. */
export function scenarioOf(ask: Ask, known: Partial<Scenario>): Scenario {
  const reasoning = known.reasoning ?? [];
  const text = known.text ?? [];
  const toolCalls = known.toolCalls ?? [];
  const thought = tokensOf(reasoning.join(''));
  const said = tokensOf(text.join('') + toolCalls.map((call) => JSON.stringify(call)).join(''));
  return {
    reasoning,
    text,
    logprobs: known.logprobs ?? [],
    toolCalls,
    usage: known.usage ?? usageOf({ ...promptUsage(ask), output: thought + said, reasoning: thought }),
    serviceTier: known.serviceTier === undefined ? ask.serviceTier : known.serviceTier,
    finish: known.finish ?? (toolCalls.length > 0 ? 'tool-calls' : 'stop'),
    stopSequence: known.stopSequence ?? null,
  };
}

/**
 * The default answer, the same for the same request. The last user text steers it: `say exactly: …` is echoed,
 * `call the tool` (or `call all tools`) calls what is offered; else sentences from a hash of the prompt.
 */
export function defaultScenario(ask: Ask): Scenario {
  const reasoning = ask.reasons ? pieces(sentences(`thoughts ${ask.promptText}`, 14)) : [];
  const toolCalls = calledTools(ask).map(({ name, schema }) => {
    const sampled = sampleOf(schema, `${name} ${ask.promptText}`);
    return {
      name,
      arguments: typeof sampled === 'object' && sampled !== null ? (sampled as JsonObject) : {},
    };
  });
  if (toolCalls.length > 0) return scenarioOf(ask, { reasoning, toolCalls });
  const { text, ...ending } = cut(answerText(ask), ask);
  return scenarioOf(ask, { reasoning, text: pieces(text), ...ending });
}

function calledTools(ask: Ask): readonly OfferedTool[] {
  const { tools, toolChoice, lastUserText } = ask;
  if (tools.length === 0 || toolChoice === 'none') return [];
  if (typeof toolChoice === 'object') return tools.filter(({ name }) => name === toolChoice.name);
  if (toolChoice === 'auto' && ask.toolResults.length > 0) return [];
  const asked = /\b(call|use) (the|both|all)( the)? tools?\b/i.exec(lastUserText);
  if (asked && asked[2] !== 'the' && ask.parallelTools) return tools;
  if (asked || toolChoice === 'required') {
    const named = tools.filter(({ name }) => lastUserText.includes(name));
    return (named.length > 0 ? named : tools).slice(0, 1);
  }
  return [];
}

function answerText(ask: Ask): string {
  if (ask.schema) return JSON.stringify(sampleOf(ask.schema, ask.promptText));
  if (ask.jsonMode) return JSON.stringify({ answer: sentences(ask.promptText, 8) });
  const exact = /say exactly: ?(.*)$/is.exec(ask.lastUserText)?.[1];
  if (exact) return exact;
  if (ask.toolResults.length > 0) return `The tools answered: ${ask.toolResults.join(' | ')}`;
  const random = seededRandom(`length ${ask.promptText}`);
  return sentences(ask.promptText, 16 + Math.floor(random() * 64));
}

/** Ends the text at the first stop sequence, or where the asked token limit is reached. */
function cut(text: string, ask: Ask): { text: string; finish?: FinishReason; stopSequence?: string } {
  const stops = ask.stop
    .map((stop) => ({ stop, at: text.indexOf(stop) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at);
  const first = stops[0];
  const ended = first ? text.slice(0, first.at) : text;
  if (ask.maxTokens !== null && tokensOf(ended) > ask.maxTokens)
    return { text: ended.slice(0, ask.maxTokens * CHARS_PER_TOKEN), finish: 'length' };
  return first ? { text: ended, finish: 'stop', stopSequence: first.stop } : { text: ended };
}

/** Providers that cache without being asked do so from this length on, in steps of `CACHE_STEP`. */
const LEAST_CACHED = 1024;
const CACHE_STEP = 128;

function promptUsage(ask: Ask): Partial<Usage> {
  const total = Math.max(1, tokensOf(ask.promptText) + ask.images * IMAGE_TOKENS);
  const seen = seededRandom(`cache ${ask.promptText}`)() < 0.7;
  if (ask.cacheMarked === null) {
    const shared = tokensOf(ask.systemText);
    const cacheRead = seen && shared >= LEAST_CACHED ? shared - (shared % CACHE_STEP) : 0;
    return { cacheRead, input: total - cacheRead };
  }
  const long = Math.min(total, ask.cacheMarked['1h']);
  const short = Math.min(total - long, Math.max(ask.cacheMarked['5m'] - long, 0));
  const cached = seen ? { cacheRead: long + short } : { cacheWrite1h: long, cacheWrite5m: short };
  return { ...cached, input: total - long - short };
}
