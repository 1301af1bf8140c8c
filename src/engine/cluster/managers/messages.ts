import type { ShardId } from '../../ports.ts';

/** One process for as long as it lives; a restarted one has another. */
export type InstanceId = string;
export type Role = 'serve' | 'lend';

/** Where an instance's control plane listens. */
export interface ControlAddress {
  readonly host: string;
  readonly port: number;
}

/** What an instance says of itself when a connection opens. */
export interface Intro {
  readonly instance: InstanceId;
  readonly role: Role;
  /** Null: it cannot be connected to. */
  readonly address: ControlAddress | null;
  /** On its own clock; only orders the candidates for gManager. */
  readonly startedAtMs: number;
  /** Null: a lender that has not been told. */
  readonly model: string | null;
  /** Others that it knows. */
  readonly peers: readonly ControlAddress[];
}

/** How an instance's rBlocks are used. */
export interface Summary {
  readonly total: number;
  readonly free: number;
  /** Used by the instance itself. */
  readonly local: number;
  /** Held by others, or not yet taken back from them. */
  readonly lent: number;
  /** Blocks of others that it holds. */
  readonly borrowed: number;
  /** Free ones that others could have now. */
  readonly offered: number;
  /** Those that others can reach, whoever has them now. */
  readonly lendable: number;
}

/** Blocks under one lease. A lease's number is never used again by its lender, so (lease, block) names one loan. */
export interface LeasedBlocks {
  readonly lease: number;
  readonly blocks: readonly number[];
}

/** A new lease, and where its blocks are. */
export interface Part extends LeasedBlocks {
  readonly shard: ShardId;
  readonly host: string;
  readonly port: number;
}

export interface Offer {
  readonly instance: InstanceId;
  readonly blocks: number;
}

/** One entry of what the gManager knows of an instance. Lists of numbers, so that any entry can be compared and sent. */
export type Entry = readonly number[];

/**
 * What managers say to each other. Each is safe to lose, to repeat and to deliver late.
 * - `peers`: another instance is there. `pulse`: alive; the summary only when it changed.
 * - `state`: changed entries for the gManager (null: gone), numbered; `full` begins anew. `resend` asks for that.
 * - `seek` asks the gManager for `creditors`; `plan` is its advice to a debtor.
 * - `lease` asks a lender for blocks, `grant` answers, perhaps with fewer or none. A session is one borrower's time with one
 *   lender, named by the lender (0: none yet); requests are numbered by the borrower and grow as long as it lives.
 * - `release` ends loans. `renew` says all that is held, every request up to `closed` being answered or given up.
 * - `gone`: nothing of that session is lent any more. `recall` asks for blocks back, of a lender that is `leaving` at any
 *   cost. `bye`: the instance ends.
 */
export type Message =
  | { readonly type: 'peers'; readonly addresses: readonly ControlAddress[] }
  | { readonly type: 'pulse'; readonly summary: Summary | null }
  | {
      readonly type: 'state';
      readonly sequence: number;
      readonly full: boolean;
      readonly changes: readonly (readonly [string, Entry | null])[];
    }
  | { readonly type: 'resend' }
  | { readonly type: 'seek'; readonly blocks: number }
  | { readonly type: 'creditors'; readonly offers: readonly Offer[] }
  | { readonly type: 'plan'; readonly moves: readonly Offer[] }
  | { readonly type: 'lease'; readonly session: number; readonly request: number; readonly blocks: number }
  | {
      readonly type: 'grant';
      readonly session: number;
      readonly request: number;
      readonly parts: readonly Part[];
    }
  | { readonly type: 'release'; readonly leases: readonly LeasedBlocks[] }
  | {
      readonly type: 'renew';
      readonly session: number;
      readonly closed: number;
      readonly held: readonly LeasedBlocks[];
    }
  | { readonly type: 'gone'; readonly session: number }
  | { readonly type: 'recall'; readonly blocks: number; readonly leaving?: boolean | undefined }
  | { readonly type: 'bye' };

export type Send = (to: InstanceId, message: Message) => void;
