import { BATCH_ITEM_STATES, type BatchItemState } from '../../../src/core/batch-report.ts';

/** Everything the address of a batch's page holds. */
export interface BatchView {
  /** Only calls in that state. */
  readonly state?: BatchItemState;
}

export function parseBatch(search: Readonly<Record<string, unknown>>): BatchView {
  const state = BATCH_ITEM_STATES.find((each) => each === search['state']);
  return state ? { state } : {};
}
