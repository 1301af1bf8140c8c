import type { Answer } from '../../core/answer.ts';
import type { Prompt } from '../../core/content.ts';
import { dialectContract } from '../dialect.contract.ts';
import { jsonFixture, streamFixture } from './fixtures.contract.ts';
import { openaiResponses } from './index.ts';

dialectContract({
  dialect: openaiResponses,
  route: () => ({ operation: 'generate' }),
  clientBody: { model: 'm', input: 'Hi', stream: true },
  carriedPrompt,
  carriedAnswer,
  samples: {
    requests: [
      jsonFixture('request-everything.json'),
      { model: 'm', input: 'Hi', instructions: 'Be brief.' },
    ],
    responses: [jsonFixture('response-everything.json')],
    streams: [streamFixture('stream-reasoning-and-tools.sse')],
    errors: [
      '{"error":{"message":"Bad","type":"invalid_request_error","param":"input","code":null}}',
      '{"type":"error","code":"server_error","message":"Boom","param":null}',
    ],
  },
});

/** The Responses API knows few sampling parameters; functions are strict there unless they say otherwise. */
function carriedPrompt(prompt: Prompt): Prompt {
  const {
    topK: _,
    stop: __,
    seed: ___,
    frequencyPenalty: ____,
    presencePenalty: _____,
    ...sampling
  } = prompt.sampling;
  return {
    ...prompt,
    sampling,
    tools: prompt.tools.map((tool) => ({ ...tool, strict: tool.strict ?? false })),
  };
}

/** Everything but the signatures of tool calls. */
function carriedAnswer(answer: Answer): Answer {
  const content = answer.content.map((block) => {
    if (block.type !== 'tool-call') return block;
    const { signature: _, ...call } = block;
    return call;
  });
  return { ...answer, content };
}
