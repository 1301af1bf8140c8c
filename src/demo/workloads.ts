import type { Target } from '../core/target.ts';

/** Smallest and largest, both inclusive. */
export type Range = readonly [number, number];

/** When a workload's calls come: in office hours, evenly, or in a nightly run. */
export type Rhythm = 'office' | 'always' | 'night';

/** One feature of the imagined company, and the calls that it makes. */
export interface Workload {
  readonly feature: string;
  readonly team: string;
  readonly users: readonly string[];
  readonly rhythm: Rhythm;
  /** Calls on an ordinary working day. */
  readonly perDay: number;
  readonly dialect: 'openai-chat' | 'openai-responses' | 'anthropic' | 'gemini';
  readonly operation: 'generate' | 'embed';
  readonly requestedModel: string;
  /** The first one answers, unless it fails. */
  readonly targets: readonly [Target, ...Target[]];
  /** Prompt tokens that are new with each call. */
  readonly freshTokens: Range;
  /** Prompt tokens that calls share, and how often they are read from the provider's cache. */
  readonly sharedTokens: number;
  readonly cachedShare: number;
  readonly outputTokens: Range;
  /** Part of the output that is thought and not said. */
  readonly reasoningShare: number;
  readonly streamedShare: number;
  /** In the provider's word; null where it says nothing. */
  readonly serviceTier: string | null;
  /** What the levers do for it in the imagined past. */
  readonly levers?: {
    /** Share of calls that were asked before, and are answered from the cache. */
    readonly repeats?: number;
    /** Calls that the router gives to another model than the first, and why. */
    readonly reroutes?: readonly { readonly share: number; readonly to: Target; readonly why: string }[];
    /** Share of the prompt's new tokens that compression leaves out. */
    readonly shortened?: Range;
  };
  /** Milliseconds to the first token. */
  readonly firstTokenMs: Range;
  readonly tokensPerSecond: number;
}

const mini: Target = { provider: 'openai', model: 'gpt-5-mini' };
const flash: Target = { provider: 'google', model: 'gemini-2.5-flash' };
const sonnet: Target = { provider: 'anthropic', model: 'claude-sonnet-4-6' };
const haiku: Target = { provider: 'anthropic', model: 'claude-haiku-4-5' };

export const WORKLOADS: readonly Workload[] = [
  {
    feature: 'support-chat',
    team: 'support',
    users: ['amara', 'bruno', 'chloe', 'daniel'],
    rhythm: 'always',
    perDay: 120,
    dialect: 'openai-chat',
    operation: 'generate',
    requestedModel: 'fast',
    targets: [flash, { provider: 'openai', model: 'gpt-4o-mini' }],
    freshTokens: [200, 1400],
    sharedTokens: 1920,
    cachedShare: 0.8,
    levers: {
      repeats: 0.22,
      reroutes: [{ share: 0.04, to: haiku, why: 'a hard question' }],
    },
    outputTokens: [60, 380],
    reasoningShare: 0,
    streamedShare: 0.95,
    serviceTier: null,
    firstTokenMs: [260, 700],
    tokensPerSecond: 180,
  },
  {
    feature: 'search-answers',
    team: 'search',
    users: ['search-service'],
    rhythm: 'always',
    perDay: 90,
    dialect: 'openai-responses',
    operation: 'generate',
    requestedModel: 'openai/gpt-5-mini',
    targets: [mini],
    freshTokens: [1500, 5200],
    sharedTokens: 1280,
    cachedShare: 0.65,
    levers: { repeats: 0.08, shortened: [0.25, 0.55] },
    outputTokens: [220, 900],
    reasoningShare: 0.45,
    streamedShare: 0.9,
    serviceTier: 'default',
    firstTokenMs: [600, 2400],
    tokensPerSecond: 95,
  },
  {
    feature: 'code-review',
    team: 'platform',
    users: ['review-bot', 'elif', 'farid'],
    rhythm: 'office',
    perDay: 45,
    dialect: 'anthropic',
    operation: 'generate',
    requestedModel: 'careful',
    targets: [sonnet, { provider: 'openai', model: 'gpt-5.4' }],
    freshTokens: [2500, 14000],
    sharedTokens: 6200,
    cachedShare: 0.85,
    levers: { reroutes: [{ share: 0.3, to: haiku, why: 'a small change' }] },
    outputTokens: [400, 1900],
    reasoningShare: 0,
    streamedShare: 0.5,
    serviceTier: 'standard',
    firstTokenMs: [900, 2600],
    tokensPerSecond: 70,
  },
  {
    feature: 'invoice-extraction',
    team: 'finance',
    users: ['invoice-job'],
    rhythm: 'night',
    perDay: 60,
    dialect: 'gemini',
    operation: 'generate',
    requestedModel: 'google/gemini-2.5-flash',
    targets: [flash],
    freshTokens: [900, 2600],
    sharedTokens: 640,
    cachedShare: 0,
    outputTokens: [120, 260],
    reasoningShare: 0.2,
    streamedShare: 0,
    serviceTier: null,
    firstTokenMs: [500, 1300],
    tokensPerSecond: 210,
  },
  {
    feature: 'document-index',
    team: 'search',
    users: ['index-job'],
    rhythm: 'night',
    perDay: 50,
    dialect: 'openai-chat',
    operation: 'embed',
    requestedModel: 'openai/text-embedding-3-small',
    targets: [{ provider: 'openai', model: 'text-embedding-3-small' }],
    freshTokens: [4000, 16000],
    sharedTokens: 0,
    cachedShare: 0,
    outputTokens: [0, 0],
    reasoningShare: 0,
    streamedShare: 0,
    serviceTier: null,
    firstTokenMs: [90, 240],
    tokensPerSecond: 1,
  },
  {
    feature: 'sales-mail',
    team: 'sales',
    users: ['giulia', 'hugo', 'ines'],
    rhythm: 'office',
    perDay: 40,
    dialect: 'anthropic',
    operation: 'generate',
    requestedModel: 'anthropic/claude-haiku-4-5',
    targets: [haiku],
    freshTokens: [400, 1800],
    sharedTokens: 1500,
    cachedShare: 0.5,
    outputTokens: [180, 520],
    reasoningShare: 0,
    streamedShare: 0.7,
    serviceTier: 'standard',
    firstTokenMs: [380, 900],
    tokensPerSecond: 140,
  },
  {
    feature: 'agent-experiments',
    team: 'research',
    users: ['jonas', 'kalpana'],
    rhythm: 'office',
    perDay: 18,
    dialect: 'openai-responses',
    operation: 'generate',
    requestedModel: 'openai/gpt-5.4',
    targets: [{ provider: 'openai', model: 'gpt-5.4' }],
    freshTokens: [3000, 22000],
    sharedTokens: 3840,
    cachedShare: 0.7,
    outputTokens: [900, 5200],
    reasoningShare: 0.7,
    streamedShare: 0.6,
    serviceTier: 'default',
    firstTokenMs: [2200, 9000],
    tokensPerSecond: 80,
  },
  {
    feature: 'call-summaries',
    team: 'support',
    users: ['summary-job'],
    rhythm: 'office',
    perDay: 35,
    dialect: 'openai-chat',
    operation: 'generate',
    requestedModel: 'our-vllm/qwen3-32b',
    targets: [{ provider: 'our-vllm', model: 'qwen3-32b' }],
    freshTokens: [1800, 6000],
    sharedTokens: 300,
    cachedShare: 0,
    outputTokens: [140, 420],
    reasoningShare: 0,
    streamedShare: 0.2,
    serviceTier: null,
    firstTokenMs: [320, 1400],
    tokensPerSecond: 55,
  },
];
