import { randomBytes } from 'node:crypto';
import { EngineError, type SamplingOptions, type TokenLogprob } from '../ports.ts';
import { type Cutoff, cutoffAt } from './cutoff.ts';
import { expOfMinus } from './exp.ts';
import { logSumExp, topLogprobs } from './logprobs.ts';
import { type History, Penalties } from './penalties.ts';
import { uniformAt } from './random.ts';
import { checkSampling } from './sampling-options.ts';

export interface Sampled {
  readonly token: number;
  /** Of the model's own distribution, before penalties and temperature, as OpenAI reports it; null when not asked for. */
  readonly logprob: number | null;
  readonly top: readonly TokenLogprob[];
}

export interface Sampler {
  /**
   * The next token of one sequence.
   * @param logits [vocabulary], left unchanged
   * @param logprobs how many alternatives to report; null for no log probabilities
   * @throws EngineError failed, when a logit is not finite
   */
  sample(logits: Float32Array, history: History, logprobs: number | null): Sampled;
}

/**
 * Penalties, then temperature, top_k, top_p and min_p, each over what the one before left, its probabilities made to
 * add up to 1 again: vLLM's order (llama.cpp puts the temperature last). Temperature 0 takes the likeliest token after
 * penalties, the lowest id of equals. The draw depends on seed and place in the answer alone: sampling again gives
 * the same token. @throws EngineError bad_request
 */
export function createSampler(options: SamplingOptions): Sampler {
  checkSampling(options);
  const penalties = new Penalties(options);
  const seed = options.seed === null ? randomBytes(8).readBigUInt64LE() : BigInt(options.seed);
  return {
    sample(logits, history, logprobs) {
      const likeliest = argmax(logits);
      const token = penalties.none
        ? options.temperature === 0
          ? likeliest
          : draw(scratchOf(logits), options, uniformAt(seed, history.output.length))
        : drawPenalised(logits, history);
      if (logprobs === null) return { token, logprob: null, top: [] };
      const total = logSumExp(logits, logits[likeliest] ?? 0);
      return {
        token,
        logprob: (logits[token] ?? 0) - total,
        top: topLogprobs(logits, total, Math.min(logprobs, logits.length)),
      };
    },
  };

  function drawPenalised(logits: Float32Array, history: History): number {
    const scratch = scratchOf(logits);
    penalties.apply(scratch, history);
    if (options.temperature === 0) return argmax(scratch);
    return draw(scratch, options, uniformAt(seed, history.output.length));
  }
}

/** Gaps beyond are equal: their tokens have no mass. */
const FARTHEST = 1e300;

/** Written anew by each draw, never held over one. */
let logitScratch = new Float64Array(0);
let massScratch = new Float64Array(0);

function scratchOf(logits: Float32Array): Float64Array {
  if (logitScratch.length < logits.length) {
    logitScratch = new Float64Array(logits.length);
    massScratch = new Float64Array(logits.length);
  }
  const scratch = logitScratch.subarray(0, logits.length);
  scratch.set(logits);
  return scratch;
}

/** Overwrites `logits` with their gaps to the highest, over the temperature. */
function draw(logits: Float64Array, options: SamplingOptions, uniform: number): number {
  const count = logits.length;
  const max = logits[argmax(logits)] ?? 0;
  const gaps = logits;
  const { temperature, topK, topP, minP } = options;
  for (let id = 0; id < count; id++) gaps[id] = Math.min((max - (logits[id] ?? 0)) / temperature, FARTHEST);
  const masses = massScratch.subarray(0, count);
  const byCount = topK > 0 && topK < count ? cutoffAt(gaps, null, count, topK) : null;
  let sum = 0;
  for (let id = 0; id < count; id++) {
    const mass = isKept(gaps, id, byCount) ? expOfMinus(gaps[id] ?? 0) : 0;
    masses[id] = mass;
    sum += mass;
  }
  const byMass = topP < 1 ? cutoffAt(gaps, masses, count, topP * sum) : null;
  if (byMass || minP > 0) sum = drop(gaps, masses, byMass, minP);
  return pick(masses, uniform * sum);
}

function isKept(gaps: Float64Array, id: number, cutoff: Cutoff | null): boolean {
  if (!cutoff) return true;
  const gap = gaps[id] ?? 0;
  return gap < cutoff.gap || (gap === cutoff.gap && id <= cutoff.position);
}

/** The likeliest token's mass is 1, so `minP` is compared with masses. Returns the sum of those that stay. */
function drop(gaps: Float64Array, masses: Float64Array, cutoff: Cutoff | null, minP: number): number {
  let sum = 0;
  for (let id = 0; id < masses.length; id++) {
    const mass = masses[id] ?? 0;
    if (mass < minP || !isKept(gaps, id, cutoff)) masses[id] = 0;
    else sum += mass;
  }
  return sum;
}

/** The token at which the masses, by id, first add up to more than `target`. */
function pick(masses: Float64Array, target: number): number {
  let sum = 0;
  let last = 0;
  for (let id = 0; id < masses.length; id++) {
    const mass = masses[id] ?? 0;
    if (mass === 0) continue;
    sum += mass;
    last = id;
    if (sum > target) return id;
  }
  return last;
}

/** The lowest id of the highest logits. @throws EngineError failed, when one is not finite */
function argmax(logits: Float32Array | Float64Array): number {
  let best = -1;
  let max = Number.NEGATIVE_INFINITY;
  // NaN and infinities alone give NaN when taken from themselves, and it stays.
  let finite = 0;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] ?? 0;
    finite += logit - logit;
    if (logit > max) {
      max = logit;
      best = id;
    }
  }
  if (best < 0 || Number.isNaN(finite))
    throw new EngineError(
      'failed',
      'The model gave logits that are not finite: its weights or its KV are damaged.',
    );
  return best;
}
