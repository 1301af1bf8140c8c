import { describe, expect, it } from 'vitest';
import { Fields } from './fields.ts';
import { contextLengthOf, ropeOfConfig, ropeOfGguf } from './rope.ts';

const config = (record: Record<string, unknown>) =>
  ropeOfConfig(Fields.ofRecord('config.json', { max_position_embeddings: 4096, ...record }), 64, 10_000);
const gguf = (record: Record<string, unknown>, factors: Float32Array | null = null) =>
  ropeOfGguf(
    Fields.ofRecord(
      'x.gguf',
      Object.fromEntries(
        Object.entries({ context_length: 4096, ...record }).map(([key, value]) => [`llama.${key}`, value]),
      ),
    ),
    'llama',
    64,
    factors,
  );

describe('RoPE of a config.json', () => {
  it('is plain unless it says otherwise', () => {
    const plain = { theta: 10_000, dims: 64, scaling: { kind: 'none' } };
    expect(config({})).toEqual(plain);
    expect(config({ rope_scaling: null })).toEqual(plain);
    expect(config({ rope_parameters: { rope_type: 'default', rope_theta: 10_000 } })).toEqual(plain);
    expect(config({ rope_theta: 5e5, partial_rotary_factor: 0.5 })).toEqual({
      ...plain,
      theta: 5e5,
      dims: 32,
    });
  });

  it('scales as Llama 3.1 says, in the old form and in the new', () => {
    const numbers = {
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 8192,
    };
    const expected = {
      theta: 5e5,
      dims: 64,
      scaling: { kind: 'llama3', factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalContext: 8192 },
    };
    expect(config({ rope_theta: 5e5, rope_scaling: { rope_type: 'llama3', ...numbers } })).toEqual(expected);
    expect(config({ rope_parameters: { rope_type: 'llama3', rope_theta: 5e5, ...numbers } })).toEqual(
      expected,
    );
  });

  it('scales by YaRN as Qwen 2.5 and others say', () => {
    const qwen = { type: 'yarn', factor: 4, original_max_position_embeddings: 32_768 };
    expect(config({ rope_scaling: qwen }).scaling).toEqual({
      kind: 'yarn',
      factor: 4,
      betaFast: 32,
      betaSlow: 1,
      attentionFactor: 0.1 * Math.log(4) + 1,
      originalContext: 32_768,
    });
    expect(
      config({ rope_scaling: { type: 'yarn', factor: 2, attention_factor: 1.5 } }).scaling,
    ).toMatchObject({
      attentionFactor: 1.5,
      originalContext: 4096,
    });
    const equal = { type: 'yarn', factor: 40, mscale: 1, mscale_all_dim: 1 };
    expect(config({ rope_scaling: equal }).scaling).toMatchObject({ attentionFactor: 1 });
    expect(config({ rope_scaling: { type: 'linear', factor: 2 } }).scaling).toEqual({
      kind: 'linear',
      factor: 2,
    });
  });

  it('is refused when it is of another kind, or makes no sense', () => {
    expect(() => config({ rope_scaling: { type: 'dynamic', factor: 2 } })).toThrow(
      /"dynamic".*Supported: default, linear/,
    );
    expect(() => config({ rope_parameters: { full_attention: { rope_theta: 1 } } })).toThrow(
      /by type of layer/,
    );
    expect(() => config({ rope_scaling: { type: 'longrope' } })).toThrow(/"longrope"/);
    expect(() => config({ rope_scaling: { type: 'linear', factor: 0 } })).toThrow(/"factor" is 0/);
    expect(() => config({ rope_scaling: { type: 'linear' } })).toThrow(/"factor" is missing/);
    expect(() => config({ rope_scaling: { type: 'yarn', factor: 0 } })).toThrow(/factor/);
    expect(() => config({ rope_scaling: { type: 'yarn', factor: 4, truncate: false } })).toThrow(/truncate/);
  });
});

describe('RoPE of a GGUF', () => {
  it('reads every form', () => {
    expect(gguf({})).toEqual({ theta: 10_000, dims: 64, scaling: { kind: 'none' } });
    expect(gguf({ 'rope.freq_base': 1e6, 'rope.dimension_count': 32 })).toMatchObject({
      theta: 1e6,
      dims: 32,
    });
    expect(gguf({ 'rope.scaling.type': 'linear', 'rope.scaling.factor': 4 }).scaling).toEqual({
      kind: 'linear',
      factor: 4,
    });
    expect(gguf({ 'rope.scale_linear': 8 }).scaling).toEqual({ kind: 'linear', factor: 8 });
    expect(gguf({ 'rope.scale_linear': 1 }).scaling).toEqual({ kind: 'none' });
    const yarn = {
      'rope.scaling.type': 'yarn',
      'rope.scaling.factor': 4,
      'rope.scaling.original_context_length': 1024,
    };
    expect(gguf(yarn).scaling).toEqual(
      config({ rope_scaling: { type: 'yarn', factor: 4, original_max_position_embeddings: 1024 } }).scaling,
    );
    expect(
      gguf({ ...yarn, 'rope.scaling.yarn_beta_fast': 16, 'rope.scaling.attn_factor': 2 }).scaling,
    ).toMatchObject({
      betaFast: 16,
      attentionFactor: 2 * (0.1 * Math.log(4) + 1),
    });
    const factors = Float32Array.of(1, 2);
    expect(gguf({}, factors).scaling).toEqual({ kind: 'factors', factors });
  });

  it('is refused when it is of another kind', () => {
    expect(() => gguf({ 'rope.scaling.type': 'linear', 'rope.scaling.factor': -1 })).toThrow(/factor" is -1/);
    expect(() => gguf({ 'rope.scaling.type': 'longrope' })).toThrow(/"longrope" is not supported/);
    expect(() => gguf({ 'rope.scaling.type': 'yarn', 'rope.scaling.yarn_ext_factor': 0 })).toThrow(
      /extension factor is 0/,
    );
    expect(() => gguf({ 'rope.scaling.type': 'yarn' }, Float32Array.of(1))).toThrow(/both rope_freqs.weight/);
  });
});

describe('contextLengthOf', () => {
  it('stretches by YaRN only, and stops at the window', () => {
    const yarn = config({
      rope_scaling: { type: 'yarn', factor: 4, original_max_position_embeddings: 32_768 },
    });
    expect(contextLengthOf(32_768, yarn, null)).toBe(131_072);
    expect(contextLengthOf(131_072, yarn, null)).toBe(131_072);
    expect(contextLengthOf(32_768, yarn, 4096)).toBe(4096);
    expect(contextLengthOf(4096, config({ rope_scaling: { type: 'linear', factor: 2 } }), null)).toBe(4096);
  });
});
