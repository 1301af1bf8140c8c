import { type Answer, answerOf } from './answer.ts';
import type { Call, WireRequest } from './call.ts';
import type { Prompt } from './content.ts';
import type { HeadPart, Part } from './part.ts';
import type { Handler } from './ports.ts';
import type { Target } from './target.ts';

/** What a stage asks on the side of a call. */
export interface Aside {
  /** The stage that asks; its savings are reduced by what the question costs. */
  readonly stage: string;
  /** For the bill: `summary of turns 1 to 8`. */
  readonly why: string;
  /** The call's own prompt when left out. */
  readonly prompt?: Prompt;
  readonly candidates?: readonly Target[];
  readonly target?: Target;
}

/**
 * Asks the rest of the pipeline a question of a stage's own and waits for the whole answer. What it consumed is booked
 * on the call, also when it fails half-way.
 * @throws CallError as the rest of the pipeline does
 */
export async function aside(next: Handler, call: Call, asked: Aside): Promise<Answer> {
  const { stage, why, prompt, candidates, target } = asked;
  const question: Call = {
    ...(prompt ? withoutBody(call) : call),
    wire: withoutKey(call),
    stream: false,
    typed: true,
    ...(prompt && { prompt: () => prompt, rewritten: true }),
    ...(candidates && { candidates, target: null }),
    ...(target && { target }),
  };
  const parts: Part[] = [];
  let head: HeadPart | null = null;
  try {
    for await (const part of next(question)) {
      if (part.type === 'head') head = part;
      else parts.push(part);
    }
    return answerOf(parts);
  } finally {
    const usage = parts.findLast((part) => part.type === 'usage') ?? null;
    const answered = parts.some((part) => part.type !== 'usage');
    if (head && head.stored !== true && (usage || answered))
      call.trail.spent({ stage, why, target: head.target, usage });
  }
}

/** Fields of the client's own request, such as `n`, are not those of another question. */
function withoutBody(call: Call): Omit<Call, 'body'> {
  const { body: _body, ...rest } = call;
  return rest;
}

/** A request that is sent besides the client's own must not be taken for it by a provider that has seen its key. */
export function withoutKey({ wire }: Call): WireRequest {
  const { 'idempotency-key': _key, ...headers } = wire.headers;
  return { ...wire, headers };
}
