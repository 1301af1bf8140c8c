import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeModel, tensorsOf } from './describe.ts';
import { type Model, ModelFileError, openModel } from './index.ts';
import {
  referenceLogits,
  type TinyOptions,
  writeTinyFolder,
  writeTinyGguf,
} from './testing/index.contract.ts';
import type { TinyFamily } from './testing/tiny-weights.contract.ts';

const dir = mkdtempSync(join(tmpdir(), 'models-open-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A power of two, so that GGUF's single precision keeps it. */
const EPS = { normEps: 2 ** -16 };

/** Everything but weights and the tokenizer's JSON. */
function essence(model: Model) {
  const { name, hidden, heads, kvHeads, headDim, ffn, vocabSize, normEps, rope, contextLength } = model;
  const { head, tokenizer, layers, embedding } = model;
  const { chatTemplate, bosToken, eosTokens, addBos } = tokenizer;
  return {
    numbers: { name, hidden, heads, kvHeads, headDim, ffn, vocabSize, normEps, rope, contextLength },
    tied: head === embedding,
    text: { chatTemplate, bosToken, eosTokens, addBos },
    present: layers.map((layer) =>
      Object.entries(layer).flatMap(([role, tensor]) => (tensor === null ? [] : [role])),
    ),
    shapes: tensorsOf(model).map(({ rows, columns, type }) => [type, rows, columns]),
  };
}

function expectSame(a: Model, b: Model): void {
  expect(essence(a)).toEqual(essence(b));
  const theirs = tensorsOf(b);
  for (const [index, tensor] of tensorsOf(a).entries()) {
    expect(Buffer.from(tensor.bytes()).equals(theirs[index]!.bytes()), tensor.name).toBe(true);
  }
}

describe('openModel', () => {
  const variants: readonly (readonly [string, TinyOptions])[] = [
    ...(['llama', 'mistral', 'qwen2', 'qwen3'] as readonly TinyFamily[]).map(
      (family) => [family, { family }] as const,
    ),
    ['llama with biases', { bias: true }],
    ['tied', { tied: true }],
    ['MQA', { kvHeads: 1 }],
    ['MHA', { kvHeads: 4 }],
    ['with heads of their own size', { family: 'qwen3', headDim: 32 }],
    ['in F16', { type: 'F16' }],
    ['in BF16', { type: 'BF16', kvHeads: 4 }],
    ['with linear scaling', { ropeScaling: { type: 'linear', factor: 4 } }],
    [
      'with YaRN',
      {
        family: 'qwen2',
        ropeScaling: { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 512 },
      },
    ],
    ['with a padded embedding', { vocabSize: 320 }],
  ];
  it.each(variants)('reads the same model from a GGUF and from a folder: %s', (what, options) => {
    const named = { ...EPS, ...options, seed: 7, name: what.replaceAll(' ', '-') };
    const gguf = openModel(writeTinyGguf(dir, named));
    const folder = openModel(writeTinyFolder(dir, named));
    expectSame(gguf, folder);
    expect(gguf.layers[0]!.qBias === null).toBe(!(options.bias ?? options.family === 'qwen2'));
    expect(gguf.layers[0]!.qNorm === null).toBe(options.family !== 'qwen3');
    expect(gguf.head === gguf.embedding).toBe(options.tied === true);
    gguf.close();
    folder.close();
  });

  it('gives models that compute the same, and differ when the rows of q are not put back', () => {
    const llama3 = {
      rope_type: 'llama3',
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 64,
    };
    const options = { ...EPS, seed: 3, name: 'computes', theta: 10_000, ropeScaling: llama3, gain: 2 };
    const tokens = [5, 80, 260, 7, 44, 91];
    const gguf = openModel(writeTinyGguf(dir, options));
    const folder = openModel(writeTinyFolder(dir, options));
    expect(gguf.rope.scaling.kind).toBe('factors');
    expect(folder.rope.scaling.kind).toBe('llama3');
    const expected = referenceLogits(folder, tokens).at(-1)!;
    const got = referenceLogits(gguf, tokens).at(-1)!;
    const worst = (a: Float64Array) =>
      expected.reduce((most, x, i) => Math.max(most, Math.abs(x - a[i]!)), 0);
    expect(worst(got)).toBeLessThan(1e-5);
    const [first, ...rest] = gguf.layers;
    const turned = { ...first!.q, floats: () => first!.q.floats().reverse() };
    expect(
      worst(referenceLogits({ ...gguf, layers: [{ ...first!, q: turned }, ...rest] }, tokens).at(-1)!),
    ).toBeGreaterThan(0.01);
  });

  it('reads version 2 and other alignments alike', () => {
    const plain = openModel(writeTinyGguf(dir, { name: 'same', fileName: 'v3.gguf' }));
    expectSame(openModel(writeTinyGguf(dir, { fileName: 'v2.gguf', version: 2 }), { name: 'v3' }), plain);
    expectSame(openModel(writeTinyGguf(dir, { fileName: 'a.gguf', alignment: 256 }), { name: 'v3' }), plain);
  });

  it('reads weights in several files', () => {
    const one = openModel(writeTinyFolder(dir, { name: 'one' }), { name: 'x' });
    const many = openModel(writeTinyFolder(dir, { name: 'many', shards: 3 }), { name: 'x' });
    expectSame(one, many);
  });

  it('says that nothing is there, and that a closed model cannot be read', () => {
    expect(() => openModel(join(dir, 'none.gguf'))).toThrow(/nothing at this path.*models pull/);
    const model = openModel(writeTinyGguf(dir, { name: 'closed' }));
    model.close();
    model.close();
    expect(() => model.embedding.bytes()).toThrow(ModelFileError);
  });

  it('names what it opened after the file, unless told', () => {
    const path = writeTinyGguf(dir, { name: 'some-name' });
    expect(openModel(path).name).toBe('some-name');
    expect(openModel(path, { name: 'mine' }).name).toBe('mine');
  });
});

describe('what the engine cannot run', () => {
  const gguf = (metadata: Parameters<typeof writeTinyGguf>[1]) => () => {
    openModel(writeTinyGguf(dir, { name: 'refused', ...metadata }));
  };
  const folder =
    (config: Record<string, unknown>, options: TinyOptions = {}) =>
    () => {
      openModel(writeTinyFolder(dir, { name: 'refused', ...options, config }));
    };
  const string = (value: string) => ({ type: 'string', value }) as const;
  const u32 = (value: number) => ({ type: 'u32', value }) as const;

  it('is refused, with what it can', () => {
    expect(gguf({ metadata: { 'general.architecture': string('mamba') } })).toThrow(
      /architecture "mamba" is not supported\. Supported: llama, qwen2, qwen3$/,
    );
    expect(folder({ architectures: ['Gemma3ForCausalLM'] })).toThrow(
      /"Gemma3ForCausalLM" is not supported\. Supported: LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM$/,
    );
    expect(folder({ hidden_act: 'gelu' })).toThrow(/activation "gelu"/);
    expect(folder({ quantization_config: { quant_method: 'gptq' } })).toThrow(/quantised/);
    expect(gguf({ metadata: { 'split.count': u32(3) } })).toThrow(/one of 3 files.*--merge/);
    expect(gguf({ metadata: { 'llama.attention.value_length': u32(8) } })).toThrow(
      /keys have 16 values a head/,
    );
  });

  it('such as a mixture of experts, is refused as such', () => {
    for (const architecture of ['MixtralForCausalLM', 'Qwen3MoeForCausalLM']) {
      expect(folder({ architectures: [architecture] })).toThrow(
        /mixture of experts.*dense model: Llama, Mistral/,
      );
    }
    expect(gguf({ metadata: { 'general.architecture': string('qwen3moe') } })).toThrow(/mixture of experts/);
    expect(gguf({ metadata: { 'llama.expert_count': u32(8) } })).toThrow(/mixture of experts \(llama with 8/);
    expect(folder({ num_local_experts: 8 })).toThrow(/mixture of experts/);
  });

  it('because it has weights that would be left out, is refused', () => {
    expect(folder({ num_hidden_layers: 1 })).toThrow(
      /"model.layers.1.input_layernorm.weight" is no part of Llama with 1/,
    );
    expect(folder({ architectures: ['LlamaForCausalLM'] }, { family: 'qwen3' })).toThrow(
      /q_norm.weight" is no part/,
    );
    expect(folder({ num_hidden_layers: 3 })).toThrow(/"model.layers.2.input_layernorm.weight" is missing/);
    expect(folder({ tie_word_embeddings: false }, { tied: true })).toThrow(/"lm_head.weight" is missing/);
    expect(folder({ architectures: ['Qwen2ForCausalLM'] })).toThrow(/q_proj.bias" is missing/);
  });

  it('because its shapes are not what its config says, is refused', () => {
    expect(folder({ num_key_value_heads: 4 })).toThrow(/k_proj.weight" is 32 × 64, not 64 × 64/);
    expect(folder({ num_attention_heads: 3 })).toThrow(/3 heads cannot share 2/);
    expect(folder({ head_dim: 15 })).toThrow(/odd number/);
    expect(folder({ hidden_size: 1e12 })).toThrow(/claims 1000000000000 hidden/);
    expect(folder({ rms_norm_eps: 'small' })).toThrow(/"rms_norm_eps" is not a number/);
    expect(folder({ num_hidden_layers: undefined })).toThrow(/"num_hidden_layers" is missing/);
    expect(gguf({ metadata: { 'llama.attention.head_count_kv': { type: 'i32s', value: [1, 2] } } })).toThrow(
      /differs from layer to layer/,
    );
  });
});

describe('a sliding window', () => {
  const context = (config: Record<string, unknown>, family: TinyFamily) =>
    openModel(writeTinyFolder(dir, { name: 'window', family, config })).contextLength;

  it('bounds the context when it is in force', () => {
    expect(context({ sliding_window: 128 }, 'mistral')).toBe(128);
    expect(context({ sliding_window: null }, 'mistral')).toBe(512);
    expect(context({ sliding_window: 4096 }, 'mistral')).toBe(512);
    expect(context({ sliding_window: 128, use_sliding_window: false }, 'qwen2')).toBe(512);
    expect(context({ sliding_window: 128 }, 'qwen2')).toBe(512);
    expect(context({ sliding_window: 128, use_sliding_window: true }, 'qwen2')).toBe(128);
    const none = {
      sliding_window: 128,
      use_sliding_window: true,
      layer_types: ['full_attention', 'full_attention'],
    };
    expect(context(none, 'qwen3')).toBe(512);
    const metadata = { 'llama.attention.sliding_window': { type: 'u32', value: 100 } } as const;
    expect(openModel(writeTinyGguf(dir, { name: 'window', metadata })).contextLength).toBe(100);
  });
});

describe('describeModel', () => {
  it('counts each weight once', () => {
    const tied = openModel(writeTinyGguf(dir, { name: 'counted', tied: true, layers: 1, type: 'Q8_0' }));
    const matrices = tied.vocabSize * 64 + 64 * 64 * 2 + 32 * 64 * 2 + 96 * 64 * 3;
    expect(describeModel(tied)).toMatchObject({
      parameters: matrices + 3 * 64,
      bytes: (matrices / 32) * 34 + 3 * 64 * 4,
      types: { Q8_0: matrices, F32: 192 },
      tied: true,
    });
  });
});

describe('a folder that is not whole', () => {
  const broken = (change: (folder: string) => void) => () => {
    const folder = writeTinyFolder(dir, { name: 'broken', shards: 2 });
    change(folder);
    openModel(folder);
  };
  const write = (name: string, text: string) => (folder: string) => writeFileSync(join(folder, name), text);

  it('is refused with the file that is to blame', () => {
    const index = 'model.safetensors.index.json';
    expect(broken(write(index, '{"weight_map":{"a":"../x.safetensors"}}'))).toThrow(/files of this folder/);
    expect(broken(write(index, '{"weight_map":{}}'))).toThrow(/files of this folder/);
    expect(broken(write(index, '{"weight_map":{"a":"gone.safetensors"}}'))).toThrow(
      /gone.safetensors: it cannot be opened/,
    );
    expect(broken(write('config.json', '{'))).toThrow(/config.json: it is not JSON/);
    expect(broken(write('config.json', '[]'))).toThrow(/config.json: it is not a JSON object/);
    expect(broken(write('tokenizer.json', ''))).toThrow(/tokenizer.json: it is not JSON/);
    expect(broken((folder) => rmSync(join(folder, 'tokenizer.json')))).toThrow(/no tokenizer.json/);
    expect(broken((folder) => rmSync(join(folder, index)))).toThrow(/no model.safetensors/);
    expect(() => openModel(dir)).toThrow(/config.json: it cannot be opened/);
  });
});
