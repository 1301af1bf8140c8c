import type { Findings } from '../findings.ts';
import type { PathStep } from '../locate.ts';

/** What the sections of the levers are judged by. */
export interface LeverContext {
  /** Path of the table that holds the section: empty for the whole configuration, `models.NAME` for an alias. */
  readonly path: readonly PathStep[];
  /** Names of the providers that a target may have: those configured, and the engine of this machine unless it is off. */
  readonly providers: readonly string[];
  /** Names of the aliases. */
  readonly aliases: readonly string[];
  /** What an alias stands for, as written; undefined when there is no such alias. */
  readonly aliasTargets?: (alias: string) => readonly string[] | undefined;
  /** Relative paths in the file start here. */
  readonly baseDir: string;
  /** Whether the ledger keeps requests and answers: `store.bodies`. */
  readonly storesBodies: boolean;
  readonly findings: Findings;
}
