import { answerOf } from '../../../core/answer.ts';
import type { Call } from '../../../core/call.ts';
import type { Reading } from '../../../core/handover.ts';
import type { HeadPart, Part, UsagePart } from '../../../core/part.ts';
import type { Handler } from '../../../core/ports.ts';
import { formatTarget, type Target } from '../../../core/target.ts';
import { fallback, helpsElsewhere, tryEach } from '../try-each.ts';
import type { JsonObject } from '../../../core/json.ts';
import { ask } from './ask.ts';
import { objection } from './confidence.ts';
import { judged } from './judge.ts';
import { type Likelihood, likelihoodDetails, likelihoodOf, unlikely } from './likelihood.ts';
import type { TellsNot } from './tells-not.ts';

/**
 * Asks the targets in their order and takes the first answer that no rule objects to; that of the last one in any case,
 * which is streamed. Rejected answers are part of the call's cost. The client sees nothing before an answer is taken.
 */
export async function cascade(
  next: Handler,
  call: Call,
  targets: readonly Target[],
  reading: Reading,
  tellsNot: TellsNot,
): Promise<readonly Part[]> {
  for (const [index, target] of targets.entries()) {
    const following = targets[index + 1];
    if (!following) break;
    const tried = new Try(target);
    try {
      await ask(next, call, target, { tellsNot, reading, take: (part) => tried.take(part) });
    } catch (error) {
      tried.book(call, 'failed half-way');
      if (reading.closed || call.signal.aborted || !helpsElsewhere(error)) throw error;
      call.trail.decide(fallback(target, following, error));
      continue;
    }
    if (reading.closed) return tried.parts;
    const rejected = await rejection(next, call, tried, formatTarget(target));
    if (rejected === null) return tried.parts;
    const { why, details } = rejected;
    tried.book(call, `rejected: ${why}`);
    call.trail.decide({
      stage: 'route',
      action: 'escalated',
      why: `the answer of ${formatTarget(target)} is not trusted: ${why}; asking ${formatTarget(following)}`,
      details: { target: formatTarget(target), rule: why, ...details },
    });
  }
  return await tryEach(next, call, targets.slice(-1), reading);
}

interface Rejection {
  readonly why: string;
  readonly details: JsonObject;
}

/** Null for an answer to be taken. The cheapest rules come first. */
async function rejection(
  next: Handler,
  call: Call,
  { parts }: Try,
  target: string,
): Promise<Rejection | null> {
  const { cascade: rules } = call.plan.route;
  const answer = answerOf(parts);
  const likelihood = rules.confidence && likelihoodOf(answer);
  const details = likelihood ? likelihoodDetails(likelihood) : {};
  const wrong = objection(answer, call.prompt(), rules);
  if (wrong !== null) return { why: wrong, details };
  if (rules.confidence) {
    const why = likelihood && unlikely(likelihood, rules.confidence);
    if (why) return { why, details };
    noteLikelihood(call, target, likelihood);
  }
  if (!rules.judge) return null;
  const score = await judged(next, call, answer, rules.judge);
  if (typeof score === 'string') {
    call.trail.decide({ stage: 'route', action: 'unjudged', why: `${score}; the answer is taken` });
    return null;
  }
  const { minScore } = rules.judge;
  return score < minScore ? { why: `the judge gave it ${score}, of at least ${minScore}`, details } : null;
}

function noteLikelihood(call: Call, target: string, likelihood: Likelihood | null): void {
  if (!likelihood) {
    const why = `${target} does not tell how likely its tokens are; the other rules decide`;
    call.trail.decide({ stage: 'route', action: 'unmeasured', why, details: { target } });
    return;
  }
  const details = likelihoodDetails(likelihood);
  const why = `the answer of ${target} is likely enough: a mean log-probability of ${details.meanLogprob}`;
  call.trail.decide({ stage: 'route', action: 'measured', why, details: { target, ...details } });
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
