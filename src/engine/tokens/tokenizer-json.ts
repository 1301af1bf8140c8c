import { z } from 'zod';

const addedToken = z.object({
  id: z
    .int()
    .min(0)
    .max(2 ** 24),
  content: z.string(),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  special: z.boolean().default(false),
  normalized: z.boolean().optional(),
});

const step = z.looseObject({ type: z.string() });

const bpeModel = z.object({
  type: z.string().optional(),
  vocab: z.record(
    z.string(),
    z
      .int()
      .min(0)
      .max(2 ** 24),
  ),
  merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  unk_token: z.string().nullish(),
  byte_fallback: z.boolean().nullish(),
  fuse_unk: z.boolean().nullish(),
  ignore_merges: z.boolean().nullish(),
  continuing_subword_prefix: z.string().nullish(),
  end_of_word_suffix: z.string().nullish(),
});

const tokenizerJson = z.object({
  added_tokens: z.array(addedToken).default([]),
  normalizer: step.nullish(),
  pre_tokenizer: step.nullish(),
  decoder: step.nullish(),
  model: bpeModel,
});

export type AddedTokenJson = z.infer<typeof addedToken>;
export type StepJson = z.infer<typeof step>;
export type BpeJson = z.infer<typeof bpeModel>;
export type TokenizerJson = z.infer<typeof tokenizerJson>;

/** What is read of a tokenizer.json. @throws Error that says what is not supported or wrong */
export function parseTokenizerJson(json: Readonly<Record<string, unknown>>): TokenizerJson {
  const type = modelType(json);
  if (type !== undefined && type !== 'BPE')
    throw new Error(`The tokenizer is a ${type} model; only BPE is supported.`);
  const parsed = tokenizerJson.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`The tokenizer is not valid: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { continuing_subword_prefix: prefix, end_of_word_suffix: suffix } = parsed.data.model;
  if (prefix || suffix)
    throw new Error('The tokenizer marks subwords by a prefix or suffix; that is not supported.');
  return parsed.data;
}

function modelType(json: Readonly<Record<string, unknown>>): string | undefined {
  const model = json['model'];
  if (typeof model !== 'object' || model === null || !('type' in model)) return undefined;
  return typeof model.type === 'string' ? model.type : undefined;
}
