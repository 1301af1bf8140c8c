import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOf, partsOf } from '../core/answer.ts';
import type { AnswerContext, Dialect, GenerateCodec } from '../core/dialect.ts';
import { isCallError } from '../core/errors.ts';
import { answerArbitrary } from './answer-arbitrary.contract.ts';
import { DIALECTS, dialectNamed } from './index.ts';
import { promptArbitrary } from './prompt-arbitrary.contract.ts';

const MODEL = 'some-model';
const RUNS = { numRuns: 25 };

const codecs: readonly (readonly [string, GenerateCodec])[] = DIALECTS.flatMap(({ name, generate }) =>
  generate ? [[name, generate] as const] : [],
);
const pairs = codecs.flatMap(([client, from]) =>
  codecs.map(([provider, to]) => ({ client, provider, from, to })),
);

const context: AnswerContext = {
  callId: '019ab5a0-0000-7000-8000-000000000000',
  requestedModel: MODEL,
  createdAt: 1_764_000_000_000,
  body: { stream: true, stream_options: { include_usage: true } },
  framing: 'sse',
};

/** JSON without a schema is left out: a provider that has no such mode is told so in words. */
const question = promptArbitrary.map((prompt) =>
  prompt.format.kind === 'json' ? { ...prompt, format: { kind: 'text' } as const } : prompt,
);

const overTheWire = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** What must survive any translation: who said which words, which tools were called with what, and what they gave. */
function gist(messages: ReturnType<GenerateCodec['parseRequest']>['messages']): unknown {
  const said = { system: '', user: '', assistant: '' };
  const calls: unknown[] = [];
  const results: unknown[] = [];
  for (const message of messages)
    for (const block of message.content) {
      if (block.type === 'text' && block.text.trim() !== '') said[message.role] += block.text;
      else if (block.type === 'tool-call') calls.push([block.name, JSON.parse(block.arguments)]);
      else if (block.type === 'tool-result') results.push([block.name, block.content]);
    }
  return { said, calls, results };
}

describe('the dialects', () => {
  it('have the names by which the configuration knows them', () => {
    expect(DIALECTS.map(({ name, owner }) => [name, owner])).toEqual([
      ['openai-chat', 'openai'],
      ['openai-responses', 'openai'],
      ['anthropic', 'anthropic'],
      ['gemini', 'google'],
    ]);
    expect(dialectNamed('gemini').name).toBe('gemini');
    expect(() => dialectNamed('latin')).toThrow('"latin"');
  });

  it.each([
    ['POST', '/v1/chat/completions', 'openai-chat'],
    ['POST', '/v1/embeddings', 'openai-chat'],
    ['POST', '/v1/responses', 'openai-responses'],
    ['POST', '/v1/messages', 'anthropic'],
    ['POST', '/v1/messages/count_tokens', 'anthropic'],
    ['POST', '/v1beta/models/gemini-2.5-pro:generateContent', 'gemini'],
    ['POST', '/v1beta/models/gemini-2.5-pro:streamGenerateContent', 'gemini'],
    ['GET', '/v1/chat/completions', null],
    ['POST', '/v1/chat/completions/', null],
    ['POST', '/v1/moderations', null],
  ])('%s %s belongs to %s alone', (method, path, owner) => {
    const owners = DIALECTS.filter((dialect: Dialect) => dialect.route(method, path, new URLSearchParams()));
    expect(owners.map(({ name }) => name)).toEqual(owner === null ? [] : [owner]);
  });

  it.each(pairs)('carry a question of $client to a provider of $provider', ({ from, to }) => {
    fc.assert(
      fc.property(question, (prompt) => {
        const route = { operation: 'generate', model: MODEL, stream: false } as const;
        const asked = from.parseRequest(overTheWire(from.formatRequest(prompt, MODEL, false).body), route);
        const heard = to.parseRequest(
          overTheWire(to.formatRequest({ ...asked, extras: {} }, MODEL, false).body),
          route,
        );
        expect(gist(heard.messages)).toEqual(gist(asked.messages));
        expect(heard.tools.map((tool) => [tool.name, tool.description])).toEqual(
          asked.tools.map((tool) => [tool.name, tool.description]),
        );
      }),
      RUNS,
    );
  });

  it.each(pairs)('carry an answer of $provider to a client of $client', ({ from, to }) => {
    fc.assert(
      fc.property(answerArbitrary, (answer) => {
        const given = to.parseResponse(overTheWire(to.formatResponse(answer, context)));
        const formatter = from.formatStream(context);
        const text = [...partsOf(given)].map((part) => formatter.part(part)).join('') + formatter.end();
        expect(text).not.toBe('');
        const got = from.parseResponse(overTheWire(from.formatResponse(answerOf(partsOf(given)), context)));
        expect(got.usage?.usage).toEqual(given.usage?.usage);
        expect(got.finish.reason).toBe(given.finish.reason);
        expect(gist([{ role: 'assistant', content: got.content }])).toEqual(
          gist([{ role: 'assistant', content: given.content }]),
        );
      }),
      RUNS,
    );
  });

  it('tell any failure in any dialect', () => {
    for (const dialect of DIALECTS)
      for (const status of [400, 401, 403, 404, 413, 422, 429, 500, 503, 529]) {
        const error = dialect.parseError(status, '');
        expect(isCallError(error)).toBe(true);
        expect(JSON.stringify(dialect.formatError(error))).toContain(error.message);
      }
  });
});
