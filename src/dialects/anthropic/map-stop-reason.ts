import type { FinishPart, FinishReason } from '../../core/part.ts';

const CORE: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool-calls',
  refusal: 'content-filter',
  pause_turn: 'pause',
};

/** `other` has no word of its own here; the turn has ended all the same. */
const WIRE: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  pause: 'pause_turn',
  other: 'end_turn',
};

/** `stop_reason` and `stop_sequence` of a message in core terms. */
export function parseStop(stopReason: string | undefined, stopSequence: string | undefined): FinishPart {
  const reason =
    stopReason !== undefined && Object.hasOwn(CORE, stopReason) ? (CORE[stopReason] ?? 'other') : 'other';
  return { type: 'finish', reason, ...(stopSequence !== undefined && { stopSequence }) };
}

export function formatStop(finish: FinishPart): { stop_reason: string; stop_sequence: string | null } {
  const { reason, stopSequence } = finish;
  return {
    stop_reason: reason === 'stop' && stopSequence !== undefined ? 'stop_sequence' : WIRE[reason],
    stop_sequence: stopSequence ?? null,
  };
}
