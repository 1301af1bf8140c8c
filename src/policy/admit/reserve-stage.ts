import type { Call } from '../../core/call.ts';
import { type ErrorCode, isCallError } from '../../core/errors.ts';
import { handover, readOpening } from '../../core/handover.ts';
import type { Stage, TokenCounter } from '../../core/ports.ts';
import type { Target } from '../../core/target.ts';
import type { Admission } from './admission.ts';
import { countedBound } from './input-bound.ts';
import type { Rules } from './rules.ts';
import { needsTarget } from './subject.ts';
import { worstCase, type WorstCase, type WorstCaseDeps } from './worst-case.ts';

export interface ReserveDeps {
  readonly admission: Admission;
  readonly pricing: () => WorstCaseDeps;
  /** Counts where the cheap bound finds no room; left out, that bound is final. */
  readonly tokens?: TokenCounter;
}

/** The provider may have worked, and may bill it: kept until the ledger knows. */
const PERHAPS_BILLED: ReadonlySet<ErrorCode> = new Set([
  'upstream_truncated',
  'upstream_garbage',
  'upstream_timeout',
  'client_aborted',
]);

/**
 * Reserves what a request may cost before it is sent: target and content are final here, and fall-backs and questions on
 * the side pass here too. What failed before the provider worked is given back.
 */
export function reserveStage({ admission, pricing, tokens }: ReserveDeps): Stage {
  return (next) =>
    function reserve(call) {
      const { target } = call;
      if (!target) return next(call);
      const rules = admission.rules(call, target);
      const { budgets, rateLimits } = rules;
      if (budgets.length === 0 && rateLimits.length === 0) return next(call);
      const limited = rateLimits.some(({ by }) => needsTarget(by));
      const paid = budgets.length > 0 && !isFree(call);
      if (!limited && !paid) return next(call);
      const kept = paid ? rules : { budgets: [], rateLimits };
      return handover(async (reading) => {
        const prices = pricing();
        const bounded = paid ? withMaximum(call, target, admission.assumedOutputTokens, prices) : call;
        const worst = paid ? worstCase(prices, bounded, target, mostOutput(bounded) ?? 0) : NOTHING;
        const release = await reserved({ admission, prices, tokens }, bounded, target, kept, worst);
        if (reading.closed) return [];
        reading.from = next(bounded)[Symbol.asyncIterator]();
        try {
          return await readOpening(reading.from);
        } catch (error) {
          if (!isCallError(error) || !PERHAPS_BILLED.has(error.code)) release();
          throw error;
        }
      });
    };
}

/** Only where the cheap bound finds no room are tokens counted. */
async function reserved(
  {
    admission,
    prices,
    tokens,
  }: Pick<ReserveDeps, 'admission'> & {
    readonly prices: WorstCaseDeps;
    readonly tokens: TokenCounter | undefined;
  },
  call: Call,
  target: Target,
  rules: Rules,
  worst: WorstCase,
): Promise<() => void> {
  try {
    return await admission.reserve(call, target, rules, worst);
  } catch (error) {
    if (!tokens || worst.kind !== 'bounded' || !admission.refusedBy(error)) throw error;
    const counted = await countedBound(call, target.model, tokens);
    const tighter =
      counted === null ? worst : worstCase(prices, call, target, mostOutput(call) ?? 0, counted);
    if (tighter.kind !== 'bounded' || tighter.cost >= worst.cost) throw error;
    return await admission.reserve(call, target, rules, tighter);
  }
}

const NOTHING = { kind: 'bounded', cost: 0n } as const;

/** Counting tokens is free, and so is reading. */
function isFree({ operation, wire }: Call): boolean {
  return operation === 'count-tokens' || (operation === 'relay' && wire.method !== 'POST');
}

function mostOutput(call: Call): number | null {
  return call.operation === 'generate' ? (call.prompt().sampling.maxOutputTokens ?? null) : 0;
}

/** A budget is kept only where something bounds the answer. */
function withMaximum(call: Call, target: Target, assumed: number, { mostOutputOf }: WorstCaseDeps): Call {
  if (call.operation !== 'generate' || mostOutput(call) !== null) return call;
  const prompt = call.prompt();
  const maxOutputTokens = Math.min(assumed, mostOutputOf(target) ?? assumed);
  const limited = { ...prompt, sampling: { ...prompt.sampling, maxOutputTokens } };
  call.trail.decide({
    stage: 'admit',
    action: 'bounded',
    why: `the call asks for no maximum of output, and a budget needs one: ${maxOutputTokens} tokens`,
  });
  return { ...call, prompt: () => limited, rewritten: true };
}
