import type { Embedder } from '../core/ports.ts';
import type { CallRecord } from '../core/record.ts';

/**
 * What the levers need beside the call: things with state, made by `src/cli/serve/lever-services.ts` and shared by all
 * calls of a process. Null where there is none.
 */
export interface LeverServices {
  readonly embedder: Embedder | null;
  /** Told of every finished call. */
  readonly observers: readonly ((record: CallRecord) => void)[];
}

export const NO_SERVICES: LeverServices = { embedder: null, observers: [] };
