import type { InstanceId, Intro } from './messages.ts';

export type Candidate = Pick<Intro, 'instance' | 'startedAtMs'>;

/**
 * Who is gManager without a lease kept elsewhere: of those alive, the one that started first. Every instance decides by
 * what it hears itself, so that two may hold themselves for it while a network is split. That does no harm: a gManager only
 * gives advice, and what is lent to whom is decided by each lender alone.
 */
export function eldest(alive: readonly Candidate[], self: Candidate): InstanceId {
  return alive.reduce((first, other) => (isBefore(other, first) ? other : first), self).instance;
}

function isBefore(a: Candidate, b: Candidate): boolean {
  return a.startedAtMs === b.startedAtMs ? a.instance < b.instance : a.startedAtMs < b.startedAtMs;
}

/** The gManager's place, kept where all instances can see it. */
export interface LeaderLease {
  /**
   * Takes the place for `ttlMs` if nobody has it, or holds it longer if `id` has it.
   * @returns who has it now
   */
  tryHold(id: InstanceId, ttlMs: number): Promise<InstanceId>;
  /** Gives the place up if `id` has it. */
  release(id: InstanceId): Promise<void>;
  close(): Promise<void>;
}
