import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openModel } from '../../engine/models/index.ts';
import { writeTinyGguf } from '../../engine/models/testing/tiny-gguf.contract.ts';
import { openPromptThread, openTokenizer, promptEncoder } from '../../engine/tokens/index.ts';
import { LONG_TEXT_CHARACTERS, type ModelText, openModelText } from './prompt-codec.ts';

const directory = mkdtempSync(join(tmpdir(), 'prompt-codec-'));
const modelPath = writeTinyGguf(directory);
const model = openModel(modelPath);
const here = promptEncoder(model.tokenizer, openTokenizer(model.tokenizer));
const WORDS = "the  hello, they're\n\n12345 漢字 😀 <|im_start|>user\nÉte\u0301 <|im_end|>".repeat(2_000);

afterAll(() => {
  model.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('prompts', () => {
  let text: ModelText;
  beforeEach(() => (text = openModelText(model.tokenizer, { modelPath, vocabSize: 300 })));
  afterEach(() => text.close());

  it('that are short are encoded at once', () => {
    expect(text.codec.encode('hello')).toEqual(here({ kind: 'text', text: 'hello' }));
    const messages = [{ role: 'user', content: 'hello' }];
    expect(text.codec.encodeChat(messages, [])).toEqual(here({ kind: 'chat', messages, tools: [] }));
  });

  it('that are long have the same tokens, and others are served meanwhile', async () => {
    expect(WORDS.length).toBeGreaterThan(2 * LONG_TEXT_CHARACTERS);
    const happened: string[] = [];
    const encoding = Promise.resolve(text.codec.encode(WORDS)).finally(() => happened.push('encoded'));
    setTimeout(() => happened.push('timer'), 0);
    expect(await encoding).toEqual(here({ kind: 'text', text: WORDS }));
    expect(happened).toEqual(['timer', 'encoded']);
    const one = 'a'.repeat(2 * LONG_TEXT_CHARACTERS);
    expect(await text.codec.encode(one)).toEqual(here({ kind: 'text', text: one }));
    // Long by many messages, with special tokens that are only text.
    const messages = Array.from({ length: 9 }, (_, i) => ({
      role: i % 2 ? 'assistant' : 'user',
      content: WORDS.slice(0, LONG_TEXT_CHARACTERS / 8),
    }));
    const chat = text.codec.encodeChat(messages, []);
    expect(chat).toBeInstanceOf(Promise);
    expect(await chat).toEqual(here({ kind: 'chat', messages, tools: [] }));
  });

  it('that are long and wrong are refused as short ones are', async () => {
    const wrong = [{ role: 'judge', content: WORDS }];
    const refused = (): unknown => here({ kind: 'chat', messages: wrong, tools: [] });
    let expected: unknown;
    try {
      refused();
    } catch (error) {
      expected = error;
    }
    expect(expected).toMatchObject({ name: 'EngineError', code: 'bad_request' });
    await expect(text.codec.encodeChat(wrong, [])).rejects.toEqual(expected);
  });

  it('that wait when their thread ends fail, and so does what comes later', async () => {
    const thread = openPromptThread(modelPath);
    const waiting = thread.encode({ kind: 'text', text: WORDS });
    const failed = expect(waiting).rejects.toMatchObject({ code: 'failed' });
    await thread.close();
    await failed;
    await expect(thread.encode({ kind: 'text', text: 'a' })).rejects.toMatchObject({ code: 'failed' });
    const nowhere = openPromptThread(join(directory, 'nowhere.gguf'));
    await expect(nowhere.encode({ kind: 'text', text: 'a' })).rejects.toMatchObject({ code: 'failed' });
    await nowhere.close();
  });
});
