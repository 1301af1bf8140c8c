import { EngineError, type SamplingOptions } from '../ports.ts';

/** What changes nothing: the model's own distribution. */
export const PLAIN_SAMPLING: SamplingOptions = {
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  seed: null,
  frequencyPenalty: 0,
  presencePenalty: 0,
  repetitionPenalty: 1,
};

/** @throws EngineError bad_request */
export function checkSampling(options: SamplingOptions): void {
  check('temperature', options.temperature, 0, Number.MAX_VALUE);
  check('top_k', options.topK, 0, Number.MAX_SAFE_INTEGER, true);
  check('top_p', options.topP, 0, 1);
  check('min_p', options.minP, 0, 1);
  check('frequency_penalty', options.frequencyPenalty, -2, 2);
  check('presence_penalty', options.presencePenalty, -2, 2);
  check('repetition_penalty', options.repetitionPenalty, 1e-3, 1e3);
  const { seed } = options;
  if (seed !== null) check('seed', seed, -(2 ** 63), 2 ** 63, true);
}

function check(name: string, value: number, least: number, most: number, whole = false): void {
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return;
  const range = most > 2 ** 52 ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new EngineError('bad_request', `${name} must be a ${whole ? 'whole ' : ''}number ${range}.`);
}
