import { describe, expect, it } from 'vitest';
import type { Prompt } from '../core/content.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { anthropic } from './anthropic/index.ts';
import { gemini } from './gemini/index.ts';
import { logprobsContract } from './logprobs.contract.ts';
import { parseChoiceLogprobs } from './openai/logprobs.ts';
import { openaiChat } from './openai-chat/index.ts';
import { openaiResponses } from './openai-responses/index.ts';

const INCLUDE = ['message.output_text.logprobs'];

logprobsContract({
  dialect: openaiChat,
  route: () => ({ operation: 'generate' }),
  asking: { logprobs: true },
  field: 'logprobs',
});
logprobsContract({
  dialect: openaiResponses,
  route: () => ({ operation: 'generate' }),
  asking: { include: INCLUDE },
  field: 'logprobs',
});
logprobsContract({
  dialect: gemini,
  route: (stream) => ({ operation: 'generate', model: 'm', stream, framing: 'sse' }),
  asking: { generationConfig: { responseLogprobs: true } },
  field: 'logprobsResult',
});

const PROMPT: Prompt = {
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
  tools: [],
  sampling: {},
  format: { kind: 'text' },
  extras: {},
};

describe('the likelihood of tokens', () => {
  it('is refused where a client wants it of Anthropic, and left out where a stage would have liked it', () => {
    const write = (logprobs: Prompt['logprobs']) =>
      anthropic.generate?.formatRequest(
        { ...PROMPT, ...(logprobs && { logprobs }) },
        'claude-sonnet-4-5',
        false,
      );
    expect(() => write({ top: 0 })).toThrow('logprobs has no counterpart in');
    expect(write({ top: 0, ifPossible: true })).toEqual(write(undefined));
  });

  it('may be asked for in ways that only the provider understands', () => {
    const chat = (fields: JsonObject) =>
      openaiChat.generate?.parseRequest(
        { messages: [{ role: 'user', content: 'Hi' }], ...fields },
        { operation: 'generate' },
      );
    expect(chat({ logprobs: 5 })).toMatchObject({ extras: { logprobs: 5 } });
    expect(chat({ top_logprobs: 5 })).toMatchObject({ extras: { top_logprobs: 5 } });
    expect(chat({ logprobs: true, top_logprobs: 'all' })?.extras).toEqual({
      logprobs: true,
      top_logprobs: 'all',
    });
    expect(chat({ logprobs: false, top_logprobs: 0 })?.extras).toEqual({});
    const respond = (fields: JsonObject) =>
      openaiResponses.generate?.parseRequest({ input: 'Hi', ...fields }, { operation: 'generate' });
    expect(respond({ include: [...INCLUDE, 'file_search_call.results'] })).toMatchObject({
      logprobs: { top: 0 },
      extras: { include: ['file_search_call.results'] },
    });
    expect(respond({ include: [...INCLUDE, 'reasoning.encrypted_content'] })?.extras).toEqual({});
  });

  it('is read as older servers write it', () => {
    const older: Json = { tokens: ['Hi', '!'], token_logprobs: [-0.5, null], top_logprobs: null };
    expect(parseChoiceLogprobs(older)).toEqual([{ token: 'Hi', logprob: -0.5, top: [] }]);
  });

  it('keeps the bytes of a part of a character', () => {
    const content = [{ token: '\uFFFD', logprob: -1, bytes: [227, 129], top_logprobs: [] }];
    const [token] = parseChoiceLogprobs({ content });
    expect(token).toEqual({ token: '\uFFFD', logprob: -1, bytes: [227, 129], top: [] });
  });

  it('of Gemini may be a mean alone', () => {
    const answer = gemini.generate?.parseResponse({
      candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP', avgLogprobs: -0.25 }],
    });
    expect(answer?.logprobs).toEqual({ tokens: [], mean: -0.25 });
  });
});
