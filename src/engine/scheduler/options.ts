import { systemClock } from '../../core/clock.ts';
import type { Clock } from '../../core/ports.ts';
import { createSampler, createStopFilter } from '../sampling/index.ts';
import { type ChainHash, chainHash } from './block.ts';
import type { Schedule } from './schedule.ts';
import type { CreateSampler, CreateStopFilter } from './text-ports.ts';

export interface EngineOptions {
  /** Sequences computed together. */
  readonly maxSequences: number;
  /** Tokens a step, of which prefill gets what decodes leave. */
  readonly maxTokensPerStep: number;
  /** Memory for the logits of a step of scored texts. */
  readonly maxLogitBytes: number;
  /** Events that may wait for their reader before its sequence is parked. */
  readonly maxBufferedEvents: number;
  /** How often it looks for memory by itself while it waits for some. */
  readonly retryMs: number;
  /** How long a sequence waits for lenders when its KV fits no more. */
  readonly patienceMs: number;
  /** Where lenders join, host:port; for error messages. */
  readonly joinAddress: string;
  readonly clock: Clock;
  readonly createSampler: CreateSampler;
  readonly createStopFilter: CreateStopFilter;
  /** Each schedule before it runs, for logs and replays. */
  readonly onSchedule: (plan: Schedule) => void;
  /** For tests of collisions. */
  readonly hash: ChainHash;
}

export const ENGINE_DEFAULTS: EngineOptions = {
  maxSequences: 32,
  maxTokensPerStep: 512,
  maxLogitBytes: 32 * 2 ** 20,
  maxBufferedEvents: 1024,
  retryMs: 1000,
  patienceMs: 10_000,
  joinAddress: 'HOST:PORT',
  clock: systemClock,
  createSampler,
  createStopFilter,
  onSchedule: () => {},
  hash: chainHash,
};
