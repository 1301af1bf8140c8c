import type { MetricsSnapshot } from '../../api/index.ts';
import type { LocalAccess } from '../engine/local-engines.ts';

/** The name of the line between primary and worker for everything that is neither store nor bus. */
export const CONTROL = 'control';

/** What a worker must know before it begins. */
export interface Orders {
  /** Lets the command line of this machine in. */
  readonly token: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly workers: number;
  /** The engines of this machine, which are the primary's; null when it has none. */
  readonly engines: LocalAccess | null;
}

export type ToWorker =
  | { readonly kind: 'begin'; readonly orders: Orders }
  | { readonly kind: 'reload' }
  | { readonly kind: 'shutdown' }
  | { readonly kind: 'snapshot?'; readonly id: number }
  | { readonly kind: 'metrics'; readonly id: number; readonly text: string };

export type ToPrimary =
  | { readonly kind: 'ready' }
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'snapshot'; readonly id: number; readonly snapshot: MetricsSnapshot }
  | { readonly kind: 'metrics?'; readonly id: number };
