import { hash } from 'node:crypto';
import type { Call } from '../../../core/call.ts';
import type { Prompt } from '../../../core/content.ts';
import type { Part } from '../../../core/part.ts';
import type { Clock, Handler, PriceBook, Stage } from '../../../core/ports.ts';
import type { PromptCaching } from '../../../core/prompt-caching.ts';
import { formatTarget, type Target } from '../../../core/target.ts';
import { type Usage, usageOf } from '../../../core/usage.ts';
import { tenantOf } from '../exact/tenant.ts';
import { type Boundary, boundariesOf, hasMarks } from './boundaries.ts';
import { type Observed, PrefixHistory } from './history.ts';
import { inOrder, type Mark, withMarks } from './marks.ts';
import { type PrefixRates, rememberedRates, worthMarking } from './worth.ts';

export interface PrefixDeps {
  readonly prices: () => PriceBook;
  /** The kind of a target's provider, for the price book. */
  readonly kindOf: (target: Target) => string;
  /** How the target caches beginnings; null where nothing can be done for it. */
  readonly cachingOf: (target: Target) => PromptCaching | null;
  readonly clock: Clock;
  /** What was seen so far; its own where there is none. */
  readonly history: PrefixHistory | null;
}

const STAGE = 'prefix';
/** A provider sends about so many calls a minute with one key to one of its machines. */
const CALLS_A_KEY = 15;
const MINUTE_MS = 60_000;

/**
 * Lets the providers' own caches of prompt beginnings work where the past of those beginnings says that it pays: marks
 * their ends, or gives them a key. A client that does so by itself is left alone.
 */
export function prefixStage(deps: PrefixDeps): Stage {
  return (next) => {
    const memory: Memory = {
      history: deps.history ?? new PrefixHistory(),
      rates: rememberedRates(deps.kindOf),
    };
    return function cachingPrefixes(call) {
      const { plan, target } = call;
      if (!plan.cache.prefix.enabled || !target || call.operation !== 'generate') return next(call);
      const caching = deps.cachingOf(target);
      const prompt = caching && readable(call);
      if (!prompt) return next(call);
      return cachingWith(deps, memory, next, call, target, caching, prompt);
    };
  };
}

interface Memory {
  readonly history: PrefixHistory;
  readonly rates: ReturnType<typeof rememberedRates>;
}

function cachingWith(
  deps: PrefixDeps,
  memory: Memory,
  next: Handler,
  call: Call,
  target: Target,
  caching: PromptCaching,
  prompt: Prompt,
): AsyncIterable<Part> {
  const owner = `${tenantOf(call.caller, 'team') ?? ''} ${formatTarget(target)}`;
  const boundaries = boundariesOf(prompt, owner);
  const now = deps.clock.now();
  const observed = memory.history.observe(owner, boundaries, now);
  const { minReuses } = call.plan.cache.prefix;
  const isLong = ({ tokens }: Boundary): boolean => tokens >= caching.minTokens(target.model);
  if (caching.kind === 'key') {
    const last = boundaries.at(-1);
    return next(last && isLong(last) ? withKey(call, prompt, observed, minReuses) : call);
  }
  if (hasMarks(prompt) || hasOwnWording(prompt)) return next(call);
  const rates = memory.rates(deps.prices(), target, now);
  const wanted = rates ? wantedMarks(boundaries, observed, rates, minReuses) : [];
  const longEnough = wanted.filter(({ boundary }) => isLong(boundary));
  const marked = withMarks(prompt, inOrder(longEnough, caching.mostMarks));
  if (marked.placed.length === 0) return next(call);
  return reporting(next({ ...call, prompt: () => marked.prompt, rewritten: true }), call, marked.placed);
}

/** The end of what never changes, and for conversations that go on, where the last call ended and where this one does. */
function wantedMarks(
  boundaries: readonly Boundary[],
  { continued, fixed, turns }: Observed,
  rates: PrefixRates,
  minReuses: number,
): Mark[] {
  const marks: Mark[] = [];
  for (const [boundary, reuse] of fixed) {
    const keep = worthMarking(reuse, rates, minReuses);
    // The end of the system prompt holds the tools as well.
    if (keep) marks.splice(0, 1, { boundary, keep });
  }
  const keep = worthMarking(turns, rates, minReuses);
  const end = boundaries.at(-1);
  if (!keep || end?.kind !== 'history') return marks;
  if (continued && continued !== end) marks.push({ boundary: continued, keep });
  return [...marks, { boundary: end, keep }];
}

/** Calls with the same tools and system prompt get the same key, unless they are more than one machine takes. */
function withKey(call: Call, prompt: Prompt, { fixed, meanGapMs }: Observed, minReuses: number): Call {
  const [boundary, reuse] = [...fixed].at(-1) ?? [];
  if (!boundary || !reuse || reuse['5m'].reads < minReuses) return call;
  if (prompt.cacheKey !== undefined || prompt.extras['prompt_cache_key'] !== undefined) return call;
  const perMinute = meanGapMs === null ? 1 : MINUTE_MS / Math.max(1, meanGapMs);
  const shards = Math.max(1, Math.ceil(perMinute / CALLS_A_KEY));
  // Calls of one conversation stay together.
  const shard = Number.parseInt(hash('sha256', call.caller.session ?? call.id).slice(0, 8), 16) % shards;
  const cacheKey = `illm-${boundary.hash.slice(0, 24)}-${shard}`;
  call.trail.decide({
    stage: STAGE,
    action: 'keyed',
    why: `The same beginning of about ${boundary.tokens} tokens comes again and again; a key keeps such calls together at the provider.`,
    details: { key: cacheKey },
  });
  return { ...call, prompt: () => ({ ...prompt, cacheKey }), rewritten: true };
}

/** Null for what is no request for us; its provider is to say so. */
function readable(call: Call): Prompt | null {
  try {
    return call.prompt();
  } catch {
    return null;
  }
}

/** Whether pieces hold fields that only the client's dialect knows, which would be lost where a piece is written anew. */
function hasOwnWording({ extras }: Prompt): boolean {
  return Object.keys(extras).some((path) => /[.[]/.test(path));
}

/** Passes the answer on and says at its end what the marks did to the bill. */
async function* reporting(
  parts: AsyncIterable<Part>,
  call: Call,
  marks: readonly Mark[],
): AsyncGenerator<Part> {
  let usage: Usage | null = null;
  try {
    for await (const part of parts) {
      if (part.type === 'usage') usage = part.usage;
      yield part;
    }
  } finally {
    call.trail.decide({
      stage: STAGE,
      action: 'marked',
      why: sentence(marks, usage),
      details: {
        marks: marks.map(({ boundary, keep }) => ({ end: boundary.kind, tokens: boundary.tokens, keep })),
      },
      ...(usage && { instead: { usage: withoutCache(usage) } }),
    });
  }
}

/** The client marked nothing, so without the marks all of the prompt would have been plain input. */
function withoutCache(usage: Usage): Usage {
  const { cacheRead, cacheReadAudio, cacheWrite1h, cacheWrite5m, input, inputAudio } = usage;
  return usageOf({
    ...usage,
    input: input + cacheRead + cacheWrite5m + cacheWrite1h,
    inputAudio: inputAudio + cacheReadAudio,
    cacheRead: 0,
    cacheReadAudio: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
  });
}

function sentence(marks: readonly Mark[], usage: Usage | null): string {
  const ends = marks.map(({ boundary, keep }) => `${boundary.kind} (${keep})`).join(', ');
  const read = usage ? ` ${usage.cacheRead} tokens were read from the provider's cache.` : '';
  return `Marked the end of ${ends}: such beginnings were reused often enough to pay for being written.${read}`;
}
