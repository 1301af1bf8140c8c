import { ModelFileError } from './errors.ts';
import { type Fields, isRecord } from './fields.ts';
import type { RopeSpec } from './model.ts';

type Scaling = RopeSpec['scaling'];

const SUPPORTED = 'Supported: default, linear, llama3, yarn';

/** RoPE as config.json says it: `rope_theta` and `rope_scaling`, or the newer `rope_parameters` with both. @throws ModelFileError */
export function ropeOfConfig(config: Fields, headDim: number, defaultTheta: number): RopeSpec {
  refuseLayerTypes(config);
  const fields = config.optionalRecord('rope_parameters') ?? config.optionalRecord('rope_scaling');
  const theta = fields?.optionalNumber('rope_theta') ?? config.optionalNumber('rope_theta') ?? defaultTheta;
  const part =
    fields?.optionalNumber('partial_rotary_factor') ?? config.optionalNumber('partial_rotary_factor') ?? 1;
  const context = config.number('max_position_embeddings');
  const scaling: Scaling = fields ? scalingOfConfig(fields, context) : { kind: 'none' };
  return { theta, dims: Math.floor(headDim * part), scaling };
}

/** `rope_parameters` may also hold one set for each type of layer, which would read here as no scaling at all. */
function refuseLayerTypes(config: Fields): void {
  const parameters = config.raw('rope_parameters');
  if (!isRecord(parameters) || !Object.values(parameters).some(isRecord)) return;
  throw new ModelFileError(
    config.path,
    'its RoPE differs by type of layer, which is not supported',
    SUPPORTED,
  );
}

function scalingOfConfig(fields: Fields, context: number): Scaling {
  const kind = fields.optionalText('rope_type') ?? fields.optionalText('type') ?? 'default';
  switch (kind) {
    case 'default':
      return { kind: 'none' };
    case 'linear':
      return { kind: 'linear', factor: positive(fields, 'factor') };
    case 'llama3':
      return {
        kind: 'llama3',
        factor: positive(fields, 'factor'),
        lowFreqFactor: positive(fields, 'low_freq_factor'),
        highFreqFactor: positive(fields, 'high_freq_factor'),
        originalContext: fields.optionalNumber('original_max_position_embeddings') ?? context,
      };
    case 'yarn':
      return yarnOfConfig(fields, context);
    default:
      throw new ModelFileError(fields.path, `its RoPE scaling "${kind}" is not supported`, SUPPORTED);
  }
}

function yarnOfConfig(fields: Fields, context: number): Scaling {
  if (fields.optionalBool('truncate') === false) {
    throw new ModelFileError(
      fields.path,
      'its YaRN scaling has "truncate": false, which is not supported',
      SUPPORTED,
    );
  }
  const originalContext = fields.optionalNumber('original_max_position_embeddings') ?? context;
  const factor = fields.raw('factor') === undefined ? context / originalContext : positive(fields, 'factor');
  const [mscale, allDims] = [fields.optionalNumber('mscale'), fields.optionalNumber('mscale_all_dim')];
  const attentionFactor =
    mscale && allDims ? magnitude(factor, mscale) / magnitude(factor, allDims) : magnitude(factor, 1);
  return {
    kind: 'yarn',
    factor,
    betaFast: fields.optionalNumber('beta_fast') ?? 32,
    betaSlow: fields.optionalNumber('beta_slow') ?? 1,
    attentionFactor: fields.optionalNumber('attention_factor') ?? attentionFactor,
    originalContext,
  };
}

/** How much YaRN (arXiv 2309.00071, eq. 22) lengthens q and k. */
function magnitude(factor: number, mscale: number): number {
  return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
}

/** RoPE as GGUF keys say it; `factors` are of the `rope_freqs.weight` tensor. @throws ModelFileError */
export function ropeOfGguf(
  fields: Fields,
  architecture: string,
  headDim: number,
  factors: Float32Array | null,
): RopeSpec {
  const key = (name: string) => `${architecture}.rope.${name}`;
  return {
    theta: fields.optionalNumber(key('freq_base')) ?? 10_000,
    dims: fields.optionalNumber(key('dimension_count')) ?? headDim,
    scaling: scalingOfGguf(fields, architecture, key, factors),
  };
}

function scalingOfGguf(
  fields: Fields,
  architecture: string,
  key: (name: string) => string,
  factors: Float32Array | null,
): Scaling {
  const old = fields.optionalNumber(key('scale_linear'));
  const kind = fields.optionalText(key('scaling.type')) ?? (old ? 'linear' : 'none');
  const factor =
    fields.raw(key('scaling.factor')) === undefined ? (old ?? 1) : positive(fields, key('scaling.factor'));
  if (factors && kind === 'none') return { kind: 'factors', factors };
  if (factors) {
    throw new ModelFileError(
      fields.path,
      `it has both rope_freqs.weight and RoPE scaling "${kind}", which is not supported`,
      SUPPORTED,
    );
  }
  switch (kind) {
    case 'none':
      return { kind: 'none' };
    case 'linear':
      return factor === 1 ? { kind: 'none' } : { kind: 'linear', factor };
    case 'yarn': {
      const extension = fields.optionalNumber(key('scaling.yarn_ext_factor')) ?? 1;
      if (extension !== 1 && extension !== -1) {
        throw new ModelFileError(fields.path, `its YaRN extension factor is ${extension}, not 1`, SUPPORTED);
      }
      const given =
        fields.optionalNumber(key('scaling.yarn_attn_factor')) ??
        fields.optionalNumber(key('scaling.attn_factor')) ??
        1;
      return {
        kind: 'yarn',
        factor,
        betaFast: fields.optionalNumber(key('scaling.yarn_beta_fast')) ?? 32,
        betaSlow: fields.optionalNumber(key('scaling.yarn_beta_slow')) ?? 1,
        attentionFactor: given * magnitude(factor, 1),
        originalContext:
          fields.optionalNumber(key('scaling.original_context_length')) ??
          fields.number(`${architecture}.context_length`),
      };
    }
    default:
      throw new ModelFileError(
        fields.path,
        `its RoPE scaling "${kind.slice(0, 80)}" is not supported`,
        SUPPORTED,
      );
  }
}

function positive(fields: Fields, key: string): number {
  const value = fields.number(key);
  if (value > 0) return value;
  throw new ModelFileError(fields.path, `"${key}" is ${value}, not more than 0`, SUPPORTED);
}

/**
 * Tokens of the longest context: YaRN configs may give the length before it was stretched; where a sliding window is in
 * force, only as much as every layer sees in full, because the engine has no windows.
 */
export function contextLengthOf(given: number, rope: RopeSpec, window: number | null): number {
  const { scaling } = rope;
  const stretched =
    scaling.kind === 'yarn' ? Math.max(given, Math.floor(scaling.factor * scaling.originalContext)) : given;
  return window === null ? stretched : Math.min(stretched, window);
}
