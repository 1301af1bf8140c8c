import { parentPort } from 'node:worker_threads';
import { countTokens } from './count-tokens.ts';
import type { Encoding } from './encodings.ts';

export interface CountJob {
  readonly id: number;
  readonly text: string;
  readonly encoding: Encoding;
}

export interface CountResult {
  readonly id: number;
  readonly tokens: number;
  /** Whether the whole text was encoded as the encoding demands. */
  readonly exact: boolean;
}

/** A text's share of the worker; the caller's own patience is longer. */
const BUDGET_MS = 2_000;
/** Special tokens in a text are text: nobody sent them as tokens. */
const AS_TEXT = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };
/** Merged words that are kept; the library's default could hold 100 MB of hostile ones. */
const MERGE_CACHE = 10_000;

const load = {
  o200k_base: () => import('gpt-tokenizer/encoding/o200k_base'),
  cl100k_base: () => import('gpt-tokenizer/encoding/cl100k_base'),
} as const;

const encoders = new Map<Encoding, Promise<(piece: string) => number>>();

function encoderOf(encoding: Encoding): Promise<(piece: string) => number> {
  const known = encoders.get(encoding);
  if (known) return known;
  const loading = load[encoding]().then((tokenizer) => {
    tokenizer.setMergeCacheSize(MERGE_CACHE);
    return (piece: string) => tokenizer.countTokens(piece, AS_TEXT);
  });
  encoders.set(encoding, loading);
  return loading;
}

async function run(job: CountJob): Promise<void> {
  const encode = await encoderOf(job.encoding);
  const counted = countTokens(job.text, encode, { budgetMs: BUDGET_MS, now: () => performance.now() });
  const result: CountResult = { id: job.id, ...counted };
  parentPort?.postMessage(result);
}

parentPort?.on('message', (job: CountJob) => void run(job));
