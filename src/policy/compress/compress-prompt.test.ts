import { describe, expect, it } from 'vitest';
import type { Message, Prompt } from '../../core/content.ts';
import { type CompressSettings, NO_COMPRESS, type ProtectedKind } from '../../core/plan/compress.ts';
import { compressPrompt, type GroupRequest, type PromptRequest } from './compress-prompt.ts';
import { Memo } from './memo.ts';
import { timeCost } from './own-time.ts';

function promptOf(...messages: Message[]): Prompt {
  return { messages, tools: [], sampling: {}, format: { kind: 'text' }, extras: {} };
}

const text = (value: string) => ({ type: 'text', text: value }) as const;
const result = (callId: string, value: string, isError = false) =>
  ({ type: 'tool-result', callId, name: 'search', content: [text(value)], isError }) as const;

/** Compresses every text to its first letter. */
async function run(
  prompt: Prompt,
  settings: Partial<CompressSettings> = {},
  change: Partial<PromptRequest> = {},
) {
  const asked: GroupRequest[] = [];
  const compressed = await compressPrompt(prompt, {
    settings: { ...NO_COMPRESS, ...settings },
    keepRatio: null,
    declared: null,
    stopped: () => null,
    compress: async (request) => {
      asked.push(request);
      return {
        texts: request.texts.map((value) => value.slice(0, 1)),
        tokensBefore: 10,
        tokensAfter: 1,
        exact: true,
        spans: 2,
        kept: 1,
        protectedTokens: { question: 1 },
      };
    },
    ...change,
  });
  return { asked, compressed };
}

const all = (...kinds: ProtectedKind[]): Partial<CompressSettings> => ({ protect: kinds });

describe('compressing a prompt', () => {
  const conversation = promptOf(
    { role: 'system', content: [text('System')] },
    { role: 'user', content: [text('Doc'), text('What is it?')] },
    { role: 'assistant', content: [text('Answer')] },
    { role: 'user', content: [text('Say more, please?')] },
  );

  it('takes the messages one by one, each with its own question', async () => {
    const { asked, compressed } = await run(conversation);
    expect(asked.map(({ texts, question, findsQuestion }) => ({ texts, question, findsQuestion }))).toEqual([
      { texts: ['Doc', 'What is it?'], question: null, findsQuestion: true },
      { texts: ['Answer'], question: 'What is it?', findsQuestion: false },
      { texts: ['Say more, please?'], question: null, findsQuestion: true },
    ]);
    expect(compressed.prompt.messages.map(({ content }) => content)).toEqual([
      [text('System')],
      [text('D'), text('W')],
      [text('A')],
      [text('S')],
    ]);
    expect(compressed).toMatchObject({ tokensBefore: 30, tokensAfter: 3, protectedTokens: { question: 3 } });
    expect(compressed.prompt.messages[0]).toBe(conversation.messages[0]);
  });

  it('says for each turn the same as when it was the last', async () => {
    const [, user] = conversation.messages;
    const before = await run(promptOf(user!));
    const after = await run(conversation);
    expect(after.asked[0]).toEqual(before.asked[0]);
  });

  it('touches what is protected only when it may', async () => {
    const prompt = promptOf(
      { role: 'system', content: [text('System')] },
      { role: 'user', content: [text('Find it')] },
      {
        role: 'assistant',
        content: [text('I look'), { type: 'tool-call', id: 'a', name: 'search', arguments: '{}' }],
      },
      { role: 'user', content: [result('a', 'Result'), result('b', 'Failure', true)] },
      { role: 'assistant', content: [{ type: 'reasoning', text: 'Hm', signature: 's' }, text('So')] },
    );
    const texts = async (kinds: ProtectedKind[]) =>
      (await run(prompt, all(...kinds))).asked.flatMap(({ texts }) => texts);
    expect(await texts(['system', 'tool-results'])).toEqual(['Find it']);
    expect(await texts([])).toEqual(['System', 'Find it', 'Result']);
    const { compressed } = await run(prompt, all());
    expect(compressed.prompt.messages[3]?.content).toEqual([
      { ...result('a', 'Result'), content: [text('R')] },
      result('b', 'Failure', true),
    ]);
  });

  it('leaves all up to the last cache mark alone', async () => {
    const prompt = promptOf(
      { role: 'user', content: [text('One')] },
      { role: 'user', content: [{ ...text('Two'), cache: '5m' }, text('Three')] },
      { role: 'user', content: [text('Four')] },
    );
    expect((await run(prompt)).asked.flatMap(({ texts }) => texts)).toEqual(['Three', 'Four']);
    expect((await run(prompt, all())).asked.flatMap(({ texts }) => texts)).toEqual([
      'One',
      'Two',
      'Three',
      'Four',
    ]);
  });

  it('takes shares by class, by setting, by the client, and stops where the guard says', async () => {
    const sums = promptOf({ role: 'user', content: [text('How many are 3 apples and 4 pears?')] });
    const keep = async (settings: Partial<CompressSettings>, change: Partial<PromptRequest> = {}) =>
      (await run(sums, settings, change)).asked.map(({ keepRatio }) => keepRatio);
    expect(await keep({ keepRatio: 0.5 })).toEqual([]);
    expect(await keep({ classes: { mathematics: 0.9 } })).toEqual([0.9]);
    expect(await keep({}, { keepRatio: 0.4 })).toEqual([0.4]);
    expect(await keep({ keepRatio: 0.3 }, { declared: { task: 'summary', from: 'header' } })).toEqual([0.3]);
    expect(await keep({}, { declared: { task: 'summary', from: 'header' } })).toEqual([0.5]);
    const stopped = await run(sums, {}, { keepRatio: 0.4, stopped: () => 'stopped by the guard' });
    expect(stopped.compressed).toMatchObject({
      changed: false,
      prompt: sums,
      left: ['stopped by the guard'],
    });
  });
});

describe('the memo', () => {
  it('forgets what was not asked for longest', () => {
    const memo = new Memo<number>(10);
    memo.put('a', 1, 4);
    memo.put('b', 2, 4);
    expect(memo.get('a')).toBe(1);
    memo.put('c', 3, 4);
    expect([memo.get('a'), memo.get('b'), memo.get('c')]).toEqual([1, null, 3]);
    memo.put('d', 4, 100);
    expect(memo.get('d')).toBeNull();
  });
});

it('time costs its share of an hour, to the picodollar', () => {
  expect(timeCost(1.5, '3.6')).toMatchObject({
    units: 1.5,
    rateUsd: '3.600000',
    per: 'hour',
    cost: 1_500_000n,
  });
  expect(timeCost(-1, '3.6').cost).toBe(0n);
});
