import type { FinishReason } from '../../core/part.ts';

/** https://ai.google.dev/api/generate-content#FinishReason; what is not listed is `other`. */
const CORE: Readonly<Record<string, FinishReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  CONTINUATION: 'length',
  SAFETY: 'content-filter',
  RECITATION: 'content-filter',
  BLOCKLIST: 'content-filter',
  PROHIBITED_CONTENT: 'content-filter',
  SPII: 'content-filter',
  IMAGE_SAFETY: 'content-filter',
  IMAGE_PROHIBITED_CONTENT: 'content-filter',
  IMAGE_RECITATION: 'content-filter',
};

const WIRE: Readonly<Record<FinishReason, string>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  'tool-calls': 'STOP',
  'content-filter': 'SAFETY',
  pause: 'OTHER',
  other: 'OTHER',
};

/** Gemini says STOP also when it ended in order to call functions. */
export function parseFinishReason(finishReason: string, hasCalls: boolean): FinishReason {
  const reason = Object.hasOwn(CORE, finishReason) ? (CORE[finishReason] ?? 'other') : 'other';
  return reason === 'stop' && hasCalls ? 'tool-calls' : reason;
}

export function formatFinishReason(reason: FinishReason): string {
  return WIRE[reason];
}
