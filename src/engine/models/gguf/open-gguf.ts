import { basename } from 'node:path';
import { assemble } from '../assemble.ts';
import { DOWNLOAD_AGAIN, ModelFileError } from '../errors.ts';
import { familyOfGguf, refuseExperts } from '../families/index.ts';
import { Fields } from '../fields.ts';
import type { Model } from '../model.ts';
import { ModelFile } from '../model-file.ts';
import { contextLengthOf, ropeOfGguf } from '../rope.ts';
import { toTensor } from '../stored-tensor.ts';
import { GGUF_NAMES } from '../tensor-names.ts';
import { tokenizerOfGguf } from '../tokenizer/of-gguf.ts';
import { type GgufHeader, readGgufHeader } from './header.ts';

/** @throws ModelFileError */
export function openGguf(path: string, name?: string): Model {
  const file = new ModelFile(path);
  try {
    return modelOf(file, name ?? basename(path).replace(/\.gguf$/i, ''));
  } catch (error) {
    file.close();
    throw error;
  }
}

function modelOf(file: ModelFile, name: string): Model {
  const header = readGgufHeader(file);
  const fields = new Fields(file.path, (key) => header.metadata.get(key));
  refuseSplit(fields);
  const architecture = fields.text('general.architecture');
  const family = familyOfGguf(file.path, architecture);
  const key = (rest: string) => `${architecture}.${rest}`;
  refuseExperts(file.path, architecture, fields.optionalNumber(key('expert_count')) ?? 0);

  const heads = fields.number(key('attention.head_count'));
  const hidden = fields.number(key('embedding_length'));
  const headDim = fields.optionalNumber(key('attention.key_length')) ?? hidden / heads;
  const valueDim = fields.optionalNumber(key('attention.value_length')) ?? headDim;
  if (valueDim !== headDim) {
    throw new ModelFileError(
      file.path,
      `its keys have ${headDim} values a head and its values ${valueDim}`,
      'Such a model is not supported',
    );
  }
  const rope = ropeOfGguf(fields, architecture, headDim, ropeFactors(header, file));
  const window = fields.optionalNumber(key('attention.sliding_window')) ?? 0;
  const tokenizer = tokenizerOfGguf(fields);
  const model = assemble({
    path: file.path,
    name,
    family,
    names: GGUF_NAMES,
    tensors: header.tensors,
    dimensions: {
      layers: fields.number(key('block_count')),
      hidden,
      heads,
      kvHeads: fields.optionalNumber(key('attention.head_count_kv')) ?? heads,
      headDim,
      ffn: fields.number(key('feed_forward_length')),
      normEps: fields.number(key('attention.layer_norm_rms_epsilon')),
      rope,
      contextLength: contextLengthOf(fields.number(key('context_length')), rope, window > 0 ? window : null),
    },
    tied: 'when missing',
    permuted: family.ggufPermutesHeads,
    tokenizer,
    close: () => file.close(),
  });
  const tokens = fields.optionalTexts('tokenizer.ggml.tokens')?.length ?? 0;
  if (tokens > model.vocabSize) {
    throw new ModelFileError(
      file.path,
      `its vocabulary has ${tokens} tokens and its embedding ${model.vocabSize} rows`,
      DOWNLOAD_AGAIN,
    );
  }
  return model;
}

function refuseSplit(fields: Fields): void {
  const parts = fields.optionalNumber('split.count') ?? 1;
  if (parts <= 1) return;
  throw new ModelFileError(
    fields.path,
    `it is one of ${parts} files of a split GGUF`,
    'Merge them into one with llama-gguf-split --merge',
  );
}

/** Llama 3.1 and later: what each inverse frequency is divided by. */
function ropeFactors({ tensors }: GgufHeader, file: ModelFile): Float32Array | null {
  const stored = tensors.get('rope_freqs.weight');
  if (!stored) return null;
  const factors = stored.shape.length === 1 ? toTensor(stored).floats() : new Float32Array();
  if (factors.length > 0 && factors.every((factor) => factor > 0 && Number.isFinite(factor))) return factors;
  throw new ModelFileError(file.path, 'tensor "rope_freqs.weight" is not a table of factors', DOWNLOAD_AGAIN);
}
