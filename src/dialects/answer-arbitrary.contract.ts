import * as fc from 'fast-check';
import type { Answer, AnswerContent } from '../core/answer.ts';
import type { FinishReason } from '../core/part.ts';
import { usageOf } from '../core/usage.ts';
import { argumentsText } from './prompt-arbitrary.contract.ts';

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const word = fc.stringMatching(/^[a-z]{1,12}$/);
const tokens = fc.nat({ max: 100_000 });

const text: fc.Arbitrary<AnswerContent> = words.map((text) => ({ type: 'text', text }));
/** Signatures in core form, see `wire/signature.ts`. */
const signature = fc.option(
  fc
    .tuple(fc.constantFrom('openai:rs_1', 'anthropic', 'google'), word)
    .map(([owner, proof]) => `${owner}:${proof}`),
  { nil: undefined },
);
const reasoning: fc.Arbitrary<AnswerContent> = fc
  .tuple(words, signature)
  .map(([text, signature]) => ({ type: 'reasoning', text, ...(signature && { signature }) }));
const toolCall: fc.Arbitrary<AnswerContent> = fc
  .tuple(word, argumentsText, signature)
  .map(([name, args, signature]) => ({
    type: 'tool-call',
    id: '',
    name,
    arguments: args,
    ...(signature && { signature }),
  }));

const content: fc.Arbitrary<readonly AnswerContent[]> = fc
  .tuple(
    fc.option(reasoning, { nil: null }),
    fc.array(fc.oneof({ weight: 3, arbitrary: text }, { weight: 1, arbitrary: toolCall }), { maxLength: 4 }),
  )
  .map(([thought, blocks]) =>
    [...(thought ? [thought] : []), ...blocks].map((block, index) =>
      block.type === 'tool-call' ? { ...block, id: `call_${index}` } : block,
    ),
  );

/** Answers with usage of the kinds that every dialect reports. Ids of tool calls are unique. */
export const answerArbitrary: fc.Arbitrary<Answer> = fc
  .tuple(
    content,
    fc.constantFrom<FinishReason>('stop', 'length', 'content-filter'),
    fc.tuple(tokens, tokens, tokens, tokens),
    word,
  )
  .map(([content, reason, [input, cacheRead, output, thought], model]) => ({
    content,
    usage: {
      type: 'usage',
      usage: usageOf({ input, cacheRead, output: output + thought, reasoning: thought }),
      source: 'provider',
      model,
    },
    finish: {
      type: 'finish',
      reason: content.some((block) => block.type === 'tool-call') ? 'tool-calls' : reason,
    },
  }));
