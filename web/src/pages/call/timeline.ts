import type { CallRecord, Decision } from '../../api/types.ts';
import { formatMs } from '../../format/duration.ts';
import { capital } from '../../format/words.ts';

export interface TimelineEvent {
  readonly atMs: number;
  readonly title: string;
  /** The stage that decided it. */
  readonly stage: string | null;
  readonly text: string | null;
  readonly tone: 'plain' | 'decision' | 'good' | 'bad';
  readonly details: Decision['details'] | null;
  /** Exact decimal dollars; null where it is not known. */
  readonly savedUsd: string | null;
}

/** A stretch of the call, for the bar. */
export interface Phase {
  readonly name: 'wait' | 'stream';
  readonly label: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Everything that happened to a call, in order. */
export function timelineOf(call: CallRecord): readonly TimelineEvent[] {
  const { ttftMs, totalMs, overheadMs, decisions, requestedModel, dialect, stream } = call;
  const form = stream ? 'streamed' : 'as a whole';
  const events: TimelineEvent[] = decisions.map((decision) => ({
    atMs: decision.atMs,
    title: capital(decision.action.replaceAll('-', ' ')),
    stage: decision.stage,
    text: decision.why,
    tone: 'decision',
    details: decision.details ?? null,
    savedUsd: decision.savedUsd ?? null,
  }));
  if (ttftMs !== null)
    events.push({
      atMs: ttftMs,
      title: 'First content',
      stage: null,
      text: null,
      tone: 'plain',
      details: null,
      savedUsd: null,
    });
  return [
    {
      atMs: 0,
      title: 'Arrived',
      stage: null,
      text: `${dialect}, asks for ${requestedModel}, ${form}`,
      tone: 'plain',
      details: null,
      savedUsd: null,
    },
    ...events.sort((a, b) => a.atMs - b.atMs),
    {
      atMs: totalMs,
      title: endTitle(call),
      stage: null,
      text: `${formatMs(overheadMs)} of ${formatMs(totalMs)} were spent in the gateway itself`,
      tone: call.status === 'ok' ? 'good' : 'bad',
      details: null,
      savedUsd: null,
    },
  ];
}

export function phasesOf({ ttftMs, totalMs, stream, status }: CallRecord): readonly Phase[] {
  const first = Math.min(ttftMs ?? totalMs, totalMs);
  const wait: Phase = { name: 'wait', label: 'until the first content', fromMs: 0, toMs: first };
  if (ttftMs === null)
    return [{ ...wait, label: status === 'ok' ? 'until the answer' : 'without any content' }];
  return [wait, { name: 'stream', label: stream ? 'streaming' : 'answering', fromMs: first, toMs: totalMs }];
}

function endTitle({ status, finishReason, errorCode }: CallRecord): string {
  switch (status) {
    case 'ok':
      return finishReason ? `Ended: ${finishReason}` : 'Ended';
    case 'aborted':
      return 'The client left';
    case 'error':
      return `Failed: ${errorCode ?? 'unknown error'}`;
  }
}
