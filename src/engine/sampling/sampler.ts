import { randomBytes } from 'node:crypto';
import { EngineError, type SamplingOptions, type TokenLogprob } from '../ports.ts';
import { draw } from './draw.ts';
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
        ? choose(logits, likeliest, history)
        : choosePenalised(Float64Array.from(logits), history);
      if (logprobs === null) return { token, logprob: null, top: [] };
      const total = logSumExp(logits, logits[likeliest] ?? 0);
      return {
        token,
        logprob: (logits[token] ?? 0) - total,
        top: topLogprobs(logits, total, Math.min(logprobs, logits.length)),
      };
    },
  };

  function choosePenalised(logits: Float64Array, history: History): number {
    penalties.apply(logits, history);
    return choose(logits, argmax(logits), history);
  }

  function choose(logits: Float32Array | Float64Array, likeliest: number, { output }: History): number {
    if (options.temperature === 0) return likeliest;
    return draw(logits, logits[likeliest] ?? 0, options, uniformAt(seed, output.length));
  }
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
