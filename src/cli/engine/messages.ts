import type { EngineReport } from '../../engine/server/index.ts';

/** What a supervised engine says to the process that started it. */
export type FromEngine =
  | { readonly kind: 'ready'; readonly url: string }
  /** Sent all the time: an engine that says nothing hangs. */
  | { readonly kind: 'report'; readonly report: EngineReport }
  /** It ends, and would end the same way if it were started again. */
  | { readonly kind: 'refused'; readonly message: string };

export type ToEngine = { readonly kind: 'shutdown' };

/** How often an engine reports. */
export const REPORT_MS = 1_000;
