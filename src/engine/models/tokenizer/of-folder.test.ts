import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { afterAll, describe, expect, it } from 'vitest';
import type { TokenizerData } from '../model.ts';
import { openModel } from '../open.ts';
import { writeTinyFolder, type TinyFolderOptions } from '../testing/tiny-folder.contract.ts';
import { TINY_CHAT_TEMPLATE } from '../testing/tiny-tokenizer.contract.ts';

const dir = mkdtempSync(join(tmpdir(), 'models-tokenizer-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The tokenizer of a tiny folder, some of whose JSON files were changed. */
function changed(
  changes: Readonly<Record<string, Record<string, unknown>>>,
  options: TinyFolderOptions = {},
): TokenizerData {
  const folder = writeTinyFolder(dir, { name: 'folder', layers: 1, hidden: 16, ffn: 16, ...options });
  for (const [name, change] of Object.entries(changes)) {
    const path = join(folder, name);
    const before: unknown = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...(before as object), ...change }));
  }
  const model = openModel(folder);
  model.close();
  rmSync(folder, { recursive: true });
  return model.tokenizer;
}

describe('the tokenizer of a folder', () => {
  it('loads, and goes there and back', () => {
    const { json, config } = changed({});
    const text = new Tokenizer(json, config);
    const sample = 'hello world 12 Größe 日本 😀 <|im_end|>';
    expect(text.decode(text.encode(sample).ids)).toBe(sample);
  });

  it('has its chat template wherever the folder keeps it', () => {
    const config = (chat_template: unknown) =>
      changed({ 'tokenizer_config.json': { chat_template } }).chatTemplate;
    expect(changed({}).chatTemplate).toBe(TINY_CHAT_TEMPLATE);
    expect(changed({}, { templateFile: true }).chatTemplate).toBe(TINY_CHAT_TEMPLATE);
    expect(
      changed({ 'tokenizer_config.json': { chat_template: 'old' } }, { templateFile: true }).chatTemplate,
    ).toBe(TINY_CHAT_TEMPLATE);
    expect(
      config([
        { name: 'tool_use', template: 'a' },
        { name: 'default', template: 'b' },
      ]),
    ).toBe('b');
    expect(config(null)).toBeNull();
  });

  it('ends with every token that any of the files lists', () => {
    expect(changed({}).eosTokens).toEqual([0, 2]);
    expect(
      changed({}, { generationConfig: { eos_token_id: [7, 9] }, config: { eos_token_id: 11 } }).eosTokens,
    ).toEqual([0, 2, 7, 9, 11]);
    expect(changed({}, { generationConfig: null }).eosTokens).toEqual([0, 2]);
  });

  it('starts with BOS when its config says so, or its post-processor does', () => {
    const template = {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<|im_start|>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [],
      special_tokens: {},
    };
    const add = (add_bos_token: boolean | undefined, post_processor: unknown) =>
      changed({ 'tokenizer_config.json': { add_bos_token }, 'tokenizer.json': { post_processor } }).addBos;
    expect(add(true, null)).toBe(true);
    expect(add(false, template)).toBe(false);
    expect(add(undefined, null)).toBe(false);
    expect(add(undefined, template)).toBe(true);
    expect(add(undefined, { type: 'Sequence', processors: [{ type: 'ByteLevel' }, template] })).toBe(true);
  });

  it('finds BOS by its text, written either way, else by its id', () => {
    const bos = (bos_token: unknown) => changed({ 'tokenizer_config.json': { bos_token } }).bosToken;
    expect(bos('<|im_start|>')).toBe(1);
    expect(bos({ content: '<|endoftext|>', special: true })).toBe(0);
    expect(bos('!')).toBe(3 + 33);
    expect(bos(null)).toBe(1);
    expect(
      changed({ 'tokenizer_config.json': { bos_token: null } }, { config: { bos_token_id: null } }).bosToken,
    ).toBeNull();
  });
});
