import type { Decision } from '../../../src/core/decision.ts';
import { picoFromUsd, usdFromPico } from '../../../src/core/money.ts';
import type { Usage } from '../../../src/core/usage.ts';
import type { MockModel } from './models.ts';
import { seededRandom } from './random.ts';

/** What levers saved on a made-up call that went well, at its model's rates: on two of five calls, at times a loss. */
export function savingDecisions(model: MockModel, usage: Usage, index: number): readonly Decision[] {
  const random = seededRandom(index + 31);
  if (!model.rates || usage.output === 0 || random() > 0.4) return [];
  const input = picoFromUsd(model.rates.input) / 1_000_000n;
  const output = picoFromUsd(model.rates.output) / 1_000_000n;
  const share = 0.25 + 0.3 * random();
  const avoided = Math.round((usage.input * share) / (1 - share));
  const dearer = random() < 0.25;
  if (random() < 0.25)
    return [
      {
        stage: 'cache',
        action: 'hit',
        why: 'The same was asked before: the stored answer is given again.',
        atMs: 0.1,
        savedUsd: usdFromPico(input * BigInt(usage.input) + output * BigInt(usage.output)),
      },
    ];
  const decisions: Decision[] = [
    {
      stage: 'route',
      action: 'chose',
      why: dearer ? 'A hard question: the stronger model.' : 'An easy question: the cheaper model is enough.',
      atMs: 0.2,
      savedUsd: usdFromPico(output * BigInt(usage.output) * (dearer ? -1n : 2n)),
    },
  ];
  if (random() < 0.7)
    decisions.unshift({
      stage: 'compress',
      action: 'compressed',
      why: `${avoided} tokens of tool output say nothing about the question: they were left out.`,
      atMs: 0.1,
      details: { tokensBefore: usage.input + avoided, tokensAfter: usage.input },
      savedUsd: usdFromPico(input * BigInt(avoided)),
    });
  return decisions;
}
