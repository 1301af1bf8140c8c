import type { Call } from '../../core/call.ts';
import type { Part } from '../../core/part.ts';

/** The parts of a call's answer; null when it is to ask by itself. */
export type Share = readonly Part[] | null;

/** A call that waits for its share of a common answer. */
export interface Member {
  readonly call: Call;
  readonly text: string;
  readonly settle: (share: Share) => void;
}
