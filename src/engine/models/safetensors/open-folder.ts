import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { assemble } from '../assemble.ts';
import { ModelFileError } from '../errors.ts';
import { type Family, familyOfFolder, refuseExperts } from '../families/index.ts';
import { Fields } from '../fields.ts';
import type { Model } from '../model.ts';
import { ModelFile } from '../model-file.ts';
import { contextLengthOf, ropeOfConfig } from '../rope.ts';
import type { StoredTensor } from '../stored-tensor.ts';
import { FOLDER_NAMES } from '../tensor-names.ts';
import { tokenizerOfFolder } from '../tokenizer/of-folder.ts';
import { readSafetensorsHeader } from './header.ts';
import { readJson, readOptionalJson } from './read-json.ts';

/** @throws ModelFileError */
export function openFolder(folder: string, name?: string): Model {
  const path = join(folder, 'config.json');
  const config = Fields.ofRecord(path, readJson(path));
  const family = familyOfFolder(path, architectureOf(config));
  refuseVariants(config, family);
  const tokenizer = tokenizerOfFolder(folder, config);
  const files: ModelFile[] = [];
  const close = () => {
    for (const file of files) file.close();
  };
  try {
    const tensors = readTensors(folder, files);
    const heads = config.number('num_attention_heads');
    const hidden = config.number('hidden_size');
    const headDim = config.optionalNumber('head_dim') ?? hidden / heads;
    const rope = ropeOfConfig(config, headDim, family.defaults.theta);
    return assemble({
      path: folder,
      name: name ?? basename(resolve(folder)),
      family,
      names: FOLDER_NAMES,
      tensors,
      dimensions: {
        layers: config.number('num_hidden_layers'),
        hidden,
        heads,
        kvHeads: config.optionalNumber('num_key_value_heads') ?? heads,
        headDim,
        ffn: config.number('intermediate_size'),
        normEps: config.number('rms_norm_eps'),
        rope,
        contextLength: contextLengthOf(
          config.number('max_position_embeddings'),
          rope,
          windowOf(config, family),
        ),
      },
      tied: config.optionalBool('tie_word_embeddings') ?? family.defaults.tied,
      permuted: false,
      tokenizer,
      close,
    });
  } catch (error) {
    close();
    throw error;
  }
}

function architectureOf(config: Fields): string {
  const [architecture] = config.optionalTexts('architectures') ?? [];
  if (architecture !== undefined) return architecture;
  throw new ModelFileError(
    config.path,
    '"architectures" is missing',
    'Give the config.json that the model came with',
  );
}

/** Fields that change what is computed, and that the engine does not have. */
function refuseVariants(config: Fields, family: Family): void {
  const refuse = (what: string, remedy: string) => new ModelFileError(config.path, what, remedy);
  refuseExperts(config.path, family.huggingFace, config.optionalNumber('num_local_experts') ?? 0);
  refuseExperts(config.path, family.huggingFace, config.optionalNumber('num_experts') ?? 0);
  const activation = config.optionalText('hidden_act') ?? 'silu';
  if (activation !== 'silu')
    throw refuse(`its activation "${activation}" is not supported`, 'Supported: silu');
  if (config.raw('quantization_config') !== undefined) {
    throw refuse(
      'its weights are quantised in a way that is not read',
      'Take the unquantised folder, or a GGUF',
    );
  }
}

/** Tokens of the sliding window, when one is in force. */
function windowOf(config: Fields, family: Family): number | null {
  const window = config.optionalNumber('sliding_window');
  const used = config.optionalBool('use_sliding_window') ?? family.windowByDefault;
  const layers = config.optionalTexts('layer_types');
  if (window === undefined || !used) return null;
  return layers && !layers.includes('sliding_attention') ? null : window;
}

function readTensors(folder: string, files: ModelFile[]): Map<string, StoredTensor> {
  const index = readOptionalJson(join(folder, 'model.safetensors.index.json'));
  const names = index ? shardsOf(join(folder, 'model.safetensors.index.json'), index) : ['model.safetensors'];
  if (!index && !existsSync(join(folder, 'model.safetensors'))) {
    throw new ModelFileError(
      folder,
      'it has no model.safetensors',
      'Give a folder with safetensors (pickled .bin weights are not read), or a GGUF',
    );
  }
  const tensors = new Map<string, StoredTensor>();
  for (const name of names) {
    const file = new ModelFile(join(folder, name));
    files.push(file);
    for (const tensor of readSafetensorsHeader(file)) {
      if (tensors.has(tensor.name)) {
        throw new ModelFileError(
          file.path,
          `tensor "${tensor.name}" is in another file too`,
          'Download it again',
        );
      }
      tensors.set(tensor.name, tensor);
    }
  }
  return tensors;
}

function shardsOf(path: string, index: Record<string, unknown>): readonly string[] {
  const map = Fields.ofRecord(path, index).raw('weight_map');
  const names = typeof map === 'object' && map !== null ? [...new Set(Object.values(map))] : [];
  if (names.length === 0 || names.length > 4096 || !names.every(isPlainName)) {
    throw new ModelFileError(path, '"weight_map" does not name files of this folder', 'Download it again');
  }
  return names;
}

/** A file beside the index, nothing above it or below. */
function isPlainName(name: unknown): name is string {
  return typeof name === 'string' && /^[\w.-]+\.safetensors$/.test(name);
}
