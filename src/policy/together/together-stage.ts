import type { Call } from '../../core/call.ts';
import { CallError } from '../../core/errors.ts';
import { handover, type Reading } from '../../core/handover.ts';
import type { Part } from '../../core/part.ts';
import type { Handler, Stage } from '../../core/ports.ts';
import type { TogetherDeps } from './answer-together.ts';
import { Gathering } from './gathering.ts';
import { type Question, questionOf } from './question.ts';

/**
 * Puts small questions with the same instructions, asked at the same time by one tenant, to the model in one prompt
 * (BatchPrompt with permutation and voting: Lin et al., ICLR 2024, arXiv 2309.00384), and divides the bill exactly.
 */
export function togetherStage(deps: TogetherDeps): Stage {
  return (next) => {
    const gatherings = new Map<string, Gathering>();
    return function askingTogether(call) {
      if (!call.plan.together.enabled) return next(call);
      const question = questionOf(call);
      if (!question || call.candidates?.some(deps.isHourly)) return next(call);
      return handover((reading) => begin(deps, next, gatherings, { call, question, reading }));
    };
  };
}

interface Asking {
  readonly call: Call;
  readonly question: Question;
  readonly reading: Reading;
}

async function begin(
  deps: TogetherDeps,
  next: Handler,
  gatherings: Map<string, Gathering>,
  { call, question, reading }: Asking,
): Promise<readonly Part[]> {
  if (call.signal.aborted) throw left();
  const { key, prompt, text } = question;
  let gathering = gatherings.get(key);
  if (!gathering) {
    const { maxWaitMs } = call.plan.together;
    gathering = new Gathering(deps, next, prompt, maxWaitMs, () => gatherings.delete(key));
    gatherings.set(key, gathering);
  }
  const share = await gathering.join(call, text);
  if (share) return share;
  if (call.signal.aborted) throw left();
  if (!reading.closed) reading.from = next(call)[Symbol.asyncIterator]();
  return [];
}

function left(): CallError {
  return new CallError('client_aborted', 'The client left before its question was answered.');
}
