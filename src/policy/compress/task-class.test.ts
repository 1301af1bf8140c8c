import { describe, expect, it } from 'vitest';
import { questionIn } from '../../text/compress/index.ts';
import { classify, declared } from './task-class.ts';

const LONG = 'The harbour was rebuilt in the last century. Its quays are long. '.repeat(40);

describe('the class of a task', () => {
  it.each([
    ['mathematics', 'Tom has 3 apples and buys 4 more. How many apples has he?'],
    ['mathematics', '太郎はりんごを3個持っています。4個もらいました。全部でいくつですか？'],
    ['summary', `Summarize the following text in a few sentences.\n\n${LONG}`],
    ['summary', `${LONG}\n\n以上の文章を要約してください。`],
    ['code', 'Write a function that reverses a list.'],
    ['code', 'What does this function do?\n\n```py\ndef f(x):\n    return x\n```'],
    ['retrieval', `Use the documents below.\n\n${LONG}\n\nQuestion: When was the harbour rebuilt?`],
    ['retrieval', `${LONG}\n\nWhen was it rebuilt?`],
    ['other', LONG],
    ['chat', 'Hello, how are you today?'],
  ])('is %s', (task, text) => {
    expect(classify(text, questionIn(text)).task).toBe(task);
  });

  it('can be declared', () => {
    expect([declared(' Summary '), declared('chess'), declared(undefined)]).toEqual(['summary', null, null]);
  });
});
