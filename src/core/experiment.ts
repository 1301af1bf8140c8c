import type { ExperimentMetric } from './plan/route.ts';

export type Arm = 'a' | 'b';

/** Outcomes of one side of an experiment. */
export interface ArmSums {
  readonly count: number;
  readonly sum: number;
  readonly squares: number;
}

/**
 * - `running`: calls are shared out
 * - `b-better`, `b-worse`: the test has told the sides apart
 * - `no-difference`: so many outcomes came without it
 */
export type ExperimentStatus = 'running' | 'b-better' | 'b-worse' | 'no-difference';

export interface ExperimentState {
  /** Alias, name and a hash of the definition: a changed definition is another experiment. */
  readonly key: string;
  readonly metric: ExperimentMetric;
  readonly status: ExperimentStatus;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly a: ArmSums;
  readonly b: ArmSums;
}

/** Outcomes to add to an experiment, which is made when it is new. */
export interface ExperimentDelta {
  readonly key: string;
  readonly metric: ExperimentMetric;
  readonly a: ArmSums;
  readonly b: ArmSums;
}

/** Experiments in the store, shared by all gateways. */
export interface ExperimentStore {
  all(): Promise<readonly ExperimentState[]>;
  /** Gives the states of these experiments with everybody's outcomes. */
  add(deltas: readonly ExperimentDelta[], at: number): Promise<readonly ExperimentState[]>;
  /** Ends it, once. False when it had ended. */
  end(key: string, status: ExperimentStatus, at: number): Promise<boolean>;
}

export const NO_OUTCOMES: ArmSums = { count: 0, sum: 0, squares: 0 };
