import { answerOf } from '../../core/answer.ts';
import { withoutKey } from '../../core/aside.ts';
import type { Call } from '../../core/call.ts';
import type { Prompt } from '../../core/content.ts';
import type { HeadPart, Part, UsagePart } from '../../core/part.ts';
import type { Clock, Handler } from '../../core/ports.ts';
import { Trail } from '../../core/trail.ts';

/** A common question as it was answered, or failed. */
export interface Round {
  readonly prompt: Prompt;
  /** The text of the answer, as far as it came. */
  readonly text: string;
  readonly head: HeadPart | null;
  readonly usage: UsagePart | null;
  /** Whether the provider worked, so that something is to be paid. */
  readonly consumed: boolean;
  /** What happened to the question; it is none of the calls' own trails. */
  readonly trail: Trail;
  readonly error: unknown;
}

/** Asks the rest of the pipeline in the name of the first call, and never throws: failed rounds have to be paid, too. */
export async function askRound(
  next: Handler,
  lead: Call,
  prompt: Prompt,
  signal: AbortSignal,
  clock: Clock,
): Promise<Round> {
  const trail = new Trail(() => clock.ticks());
  const parts: Part[] = [];
  let head: HeadPart | null = null;
  let error: unknown = null;
  try {
    for await (const part of next(commonCall(lead, prompt, trail, signal))) {
      if (part.type === 'head') head = part;
      else parts.push(part);
    }
  } catch (thrown) {
    error = thrown;
  }
  const { content, usage } = answerOf(parts);
  const answered = parts.some(({ type }) => type !== 'usage');
  return {
    prompt,
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    head,
    usage,
    consumed: head !== null && head.stored !== true && (usage !== null || answered),
    trail,
    error,
  };
}

function commonCall(lead: Call, prompt: Prompt, trail: Trail, signal: AbortSignal): Call {
  // Fields of one client's own request are not those of the common question.
  const { body: _body, ...rest } = lead;
  return {
    ...rest,
    wire: withoutKey(lead),
    stream: false,
    typed: true,
    rewritten: true,
    prompt: () => prompt,
    received: () => prompt,
    trail,
    signal,
  };
}
