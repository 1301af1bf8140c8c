import type { Call } from '../../core/call.ts';
import type { PicoUsd } from '../../core/money.ts';
import type { RouteSettings } from '../../core/plan/route.ts';
import type { Random } from '../../core/ports.ts';
import type { Target } from '../../core/target.ts';
import type { LearnedRouter } from './learned/learned-router.ts';
import type { ModelTable, QualityOf } from './stats/model-table.ts';
import type { Task } from './task.ts';

/** A target that may answer a call, with what is known of it. */
export interface Candidate {
  readonly target: Target;
  /** `provider/model`. */
  readonly name: string;
  /** Expected cost of this call; null when nobody knows a price. */
  readonly cost: PicoUsd | null;
  /** 95th percentile of its latency of late, milliseconds; null while too little is known. */
  readonly p95Ms: number | null;
  readonly p50Ms: number | null;
  readonly quality: QualityOf;
  /** Of its calls of late, from 0 to 1. */
  readonly successRate: number;
  /** Null when it takes calls now; else why it does not. */
  readonly unwell: string | null;
}

/** What a strategy chooses from. */
export interface Choice {
  readonly call: Call;
  readonly settings: RouteSettings;
  readonly task: Task;
  /** Those that meet the call's limits, in the order in which they were given. */
  readonly candidates: readonly Candidate[];
  readonly table: ModelTable;
  readonly random: Random;
  readonly router: LearnedRouter | null;
}

/** Whom to ask, in this order. */
export interface Chosen {
  readonly order: readonly Candidate[];
  /** Why the first is the first, for people. */
  readonly why: string;
}

/**
 * Orders the candidates of a call. Those that are unwell are moved to the end afterwards. A strategy that needs time
 * gives a promise.
 */
export type Strategy = (choice: Choice) => Chosen | Promise<Chosen>;

/** Unknown costs come last. */
export function byCost(a: Candidate, b: Candidate): number {
  if (a.cost === null || b.cost === null) return Number(a.cost === null) - Number(b.cost === null);
  return a.cost < b.cost ? -1 : a.cost > b.cost ? 1 : b.successRate - a.successRate;
}
