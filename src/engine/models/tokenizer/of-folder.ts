import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ModelFileError } from '../errors.ts';
import { Fields, isRecord } from '../fields.ts';
import type { TokenizerData } from '../model.ts';
import { readJson, readOptionalJson, readText } from '../safetensors/read-json.ts';
import { endTokens } from './end-tokens.ts';

/** What a Hugging Face folder says about text and tokens. @throws ModelFileError */
export function tokenizerOfFolder(folder: string, modelConfig: Fields): TokenizerData {
  const path = join(folder, 'tokenizer.json');
  if (!existsSync(path)) {
    throw new ModelFileError(
      folder,
      'it has no tokenizer.json',
      'Save the tokenizer with transformers (save_pretrained of the fast tokenizer) or take a GGUF',
    );
  }
  const json = readJson(path);
  const config = readOptionalJson(join(folder, 'tokenizer_config.json')) ?? {};
  const generationPath = join(folder, 'generation_config.json');
  const generation = Fields.ofRecord(generationPath, readOptionalJson(generationPath) ?? {});
  const ids = new Map(specialTokens(path, json).map(([id, text]) => [text, id]));
  const named = (key: string) => {
    const text = textOf(config[key]);
    return text === undefined ? undefined : (ids.get(text) ?? vocabId(json, text));
  };
  const bosToken = named('bos_token') ?? modelConfig.optionalNumber('bos_token_id') ?? null;
  const bosText = textOf(config['bos_token']) ?? [...ids].find(([, id]) => id === bosToken)?.[0];
  const says = config['add_bos_token'];
  return {
    json,
    config,
    chatTemplate: templateOf(folder, config),
    bosToken,
    eosTokens: endTokens(
      [...idsOf(generation, 'eos_token_id'), ...idsOf(modelConfig, 'eos_token_id'), named('eos_token')],
      [...ids].map(([text, id]) => [id, text] as const),
    ),
    addBos:
      bosToken !== null && (typeof says === 'boolean' ? says : startsWith(json['post_processor'], bosText)),
  };
}

/** Newer folders keep the template in a file of its own, which then counts. */
function templateOf(folder: string, config: Record<string, unknown>): string | null {
  const path = join(folder, 'chat_template.jinja');
  if (existsSync(path)) return readText(path);
  const kept =
    config['chat_template'] ?? readOptionalJson(join(folder, 'chat_template.json'))?.['chat_template'];
  if (typeof kept === 'string') return kept;
  if (!Array.isArray(kept)) return null;
  const named: readonly unknown[] = kept;
  const chosen = named.find((entry) => isRecord(entry) && entry['name'] === 'default') ?? named[0];
  return isRecord(chosen) && typeof chosen['template'] === 'string' ? chosen['template'] : null;
}

function specialTokens(path: string, json: Record<string, unknown>): readonly (readonly [number, string])[] {
  const added = json['added_tokens'] ?? [];
  if (!Array.isArray(added))
    throw new ModelFileError(path, '"added_tokens" is not a list', 'Download it again');
  return (added as readonly unknown[]).flatMap((token) => {
    if (!isRecord(token)) return [];
    const { id, content } = token;
    return typeof id === 'number' && typeof content === 'string' ? [[id, content] as const] : [];
  });
}

function vocabId(json: Record<string, unknown>, text: string): number | undefined {
  const model = json['model'];
  const vocab = isRecord(model) ? model['vocab'] : undefined;
  const id = isRecord(vocab) && Object.hasOwn(vocab, text) ? vocab[text] : undefined;
  return typeof id === 'number' ? id : undefined;
}

/** A token is written as its text, or as an object with it. */
function textOf(token: unknown): string | undefined {
  const text = isRecord(token) ? token['content'] : token;
  return typeof text === 'string' ? text : undefined;
}

function idsOf(fields: Fields, key: string): readonly number[] {
  const value = fields.raw(key);
  if (typeof value === 'number') return [value];
  return Array.isArray(value) ? value.filter((id): id is number => typeof id === 'number') : [];
}

/** Whether the post-processor puts the token before the text. */
function startsWith(processor: unknown, text: string | undefined): boolean {
  if (!isRecord(processor) || text === undefined) return false;
  const { type, single, processors } = processor;
  if (type === 'Sequence' && Array.isArray(processors)) {
    return (processors as readonly unknown[]).some((inner) => startsWith(inner, text));
  }
  const first: unknown = type === 'TemplateProcessing' && Array.isArray(single) ? single[0] : undefined;
  const special = isRecord(first) ? first['SpecialToken'] : undefined;
  return isRecord(special) && special['id'] === text;
}
