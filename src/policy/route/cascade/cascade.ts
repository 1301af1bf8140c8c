import { answerOf } from '../../../core/answer.ts';
import type { Call } from '../../../core/call.ts';
import type { Reading } from '../../../core/handover.ts';
import type { HeadPart, Part, UsagePart } from '../../../core/part.ts';
import type { Handler } from '../../../core/ports.ts';
import { formatTarget, type Target } from '../../../core/target.ts';
import { fallback, helpsElsewhere, tryEach } from '../try-each.ts';
import { objection } from './confidence.ts';
import { judged } from './judge.ts';

/**
 * Asks the targets in their order and takes the first answer that no rule objects to; that of the last one in any case,
 * which is streamed. Rejected answers are part of the call's cost. The client sees nothing before an answer is taken.
 */
export async function cascade(
  next: Handler,
  call: Call,
  targets: readonly Target[],
  reading: Reading,
): Promise<readonly Part[]> {
  for (const [index, target] of targets.entries()) {
    const following = targets[index + 1];
    if (!following) break;
    const tried = new Try(target);
    try {
      for await (const part of next({ ...call, target, typed: true })) {
        tried.take(part);
        if (reading.closed) break;
      }
    } catch (error) {
      tried.book(call, 'failed half-way');
      if (reading.closed || call.signal.aborted || !helpsElsewhere(error)) throw error;
      call.trail.decide(fallback(target, following, error));
      continue;
    }
    if (reading.closed) return tried.parts;
    const why = await rejection(next, call, tried);
    if (why === null) return tried.parts;
    tried.book(call, `rejected: ${why}`);
    call.trail.decide({
      stage: 'route',
      action: 'escalated',
      why: `the answer of ${formatTarget(target)} is not trusted: ${why}; asking ${formatTarget(following)}`,
      details: { target: formatTarget(target), rule: why },
    });
  }
  return await tryEach(next, call, targets.slice(-1), reading);
}

async function rejection(next: Handler, call: Call, tried: Try): Promise<string | null> {
  const { cascade: rules } = call.plan.route;
  const answer = answerOf(tried.parts);
  const wrong = objection(answer, call.prompt(), rules);
  if (wrong !== null || !rules.judge) return wrong;
  const score = await judged(next, call, answer, rules.judge);
  if (typeof score === 'string') {
    call.trail.decide({ stage: 'route', action: 'unjudged', why: `${score}; the answer is taken` });
    return null;
  }
  const { minScore } = rules.judge;
  return score < minScore ? `the judge gave it ${score}, of at least ${minScore}` : null;
}

/** One target's answer, kept back. */
class Try {
  readonly parts: Part[] = [];
  readonly #target: Target;
  #head: HeadPart | null = null;
  #usage: UsagePart | null = null;

  constructor(target: Target) {
    this.#target = target;
  }

  take(part: Part): void {
    if (part.type === 'head') this.#head = part;
    else if (part.type === 'usage') this.#usage = part;
    this.parts.push(part);
  }

  /** Makes it a part of the call's cost, when it began at all. */
  book(call: Call, why: string): void {
    const began = this.#usage !== null || this.parts.length > 1;
    if (!this.#head || this.#head.stored === true || !began) return;
    call.trail.spent({
      stage: 'route',
      why: `the answer of ${formatTarget(this.#target)} was ${why}`,
      target: this.#target,
      usage: this.#usage,
    });
  }
}
