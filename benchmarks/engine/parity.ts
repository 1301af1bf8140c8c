// Greedy answers and next-token distributions of the same GGUF file, this engine's and llama.cpp's, over the same tokens.
import { openEngine } from './engine-subject.ts';
import { openLlamaCpp } from './llama-cpp-subject.ts';
import { PROMPTS } from './prompts.ts';
import { arithmeticOption, largest, median, modelPath, option } from './subject.ts';

const answer = Number(option('tokens', '64'));
const count = Number(option('prompts', String(PROMPTS.length)));
const kvType = option('kv', 'bf16') === 'int8' ? 'int8' : 'bf16';

interface Comparison {
  readonly same: boolean;
  /** By how much the other's choice was less likely, in standard deviations of the two sides' logit differences. */
  readonly gapInNoise: number;
  /** That deviation, nats. */
  readonly noise: number;
  /** KL(llama.cpp ‖ ours), nats. */
  readonly kl: number;
}

function logSoftmax(logits: Float32Array): Float64Array {
  const most = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = logits.reduce((total, each) => total + Math.exp(each - most), 0);
  return Float64Array.from(logits, (each) => each - most - Math.log(sum));
}

function compare(ours: Float32Array, theirs: Float32Array): Comparison {
  const p = logSoftmax(theirs);
  const q = logSoftmax(ours);
  const differences = p.map((each, i) => each - (q[i] ?? 0));
  const mean = differences.reduce((a, b) => a + b, 0) / differences.length;
  const noise = Math.sqrt(
    differences.reduce((sum, each) => sum + (each - mean) ** 2, 0) / differences.length,
  );
  const [mine, other] = [largest(ours), largest(theirs)];
  return {
    same: mine === other,
    gapInNoise: ((p[other] ?? 0) - (p[mine] ?? 0)) / noise,
    noise,
    kl: p.reduce((sum, each, i) => sum + Math.exp(each) * (each - (q[i] ?? 0)), 0),
  };
}

const llama = await openLlamaCpp(modelPath(), 1_024);
const engine = await openEngine(modelPath(), 1_024, kvType, arithmeticOption());
const all: Comparison[] = [];
let wholeAnswers = 0;
for (const prompt of PROMPTS.slice(0, count)) {
  let tokens = llama.tokenize(`<|im_start|>user\n${prompt}<|im_end|>\n<|im_start|>assistant\n`);
  const own: Comparison[] = [];
  let start = 0;
  for (let i = 0; i < answer; i++) {
    const theirs = await llama.logits(tokens, start);
    own.push(compare(await engine.logits(tokens, start), theirs));
    start += tokens.length;
    tokens = [largest(theirs)];
  }
  if (own.every(({ same }) => same)) wholeAnswers++;
  all.push(...own);
}
const different = all.filter(({ same }) => !same);
const kls = all.map(({ kl }) => kl);
const report = {
  engine: engine.name,
  prompts: Math.min(count, PROMPTS.length),
  positions: all.length,
  sameTop: all.length - different.length,
  answersAllTheSame: wholeAnswers,
  differentGapsInNoise: different.map(({ gapInNoise }) => Number(gapInNoise.toFixed(2))),
  meanNoise: all.reduce((sum, { noise }) => sum + noise, 0) / all.length,
  meanKl: kls.reduce((a, b) => a + b, 0) / kls.length,
  medianKl: median(kls),
  largestKl: Math.max(...kls),
};
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
// The difference of two noisy logits has √2 times their deviation; three times that is noise still.
const MOST_NOISE = 3 * Math.SQRT2;
// The noise is measured on what it judges, so a wrong engine would widen it: the divergence is bounded by itself. The
// engine differs from itself by 0.005 to 0.009 when its inputs change by a millionth, since both sides round to 8 bits.
const MOST_MEAN_KL = 0.01;
await engine.close();
await llama.close();
const isNoise = different.every(({ gapInNoise }) => gapInNoise < MOST_NOISE);
process.exit(isNoise && report.meanKl < MOST_MEAN_KL ? 0 : 1);
