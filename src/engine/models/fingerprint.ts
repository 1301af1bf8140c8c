import { createHash } from 'node:crypto';
import { describeModel } from './describe.ts';
import type { Model, Tensor } from './model.ts';

/**
 * Names a model by what it computes: its shape, its rotation, all its norms, and the matrices of its first, middle and last
 * layer. KV of a model with another fingerprint must not be used. It reads a few layers and not the whole file.
 */
export function modelFingerprint(model: Model): string {
  const { name: _name, ...shape } = describeModel(model);
  const { rope, normEps, layers } = model;
  const hash = createHash('sha256').update(JSON.stringify([shape, plain(rope), normEps]));
  const add = (tensor: Tensor | null): void => void (tensor && hash.update(tensor.bytes()));
  for (const { attentionNorm, ffnNorm } of layers) [attentionNorm, ffnNorm].forEach(add);
  add(model.outputNorm);
  for (const at of new Set([0, layers.length >> 1, layers.length - 1]))
    for (const tensor of Object.values(layers[at] ?? {}) as (Tensor | null)[]) add(tensor);
  return hash.digest('hex').slice(0, 16);
}

/** A table of factors as JSON has lists. */
function plain({ scaling, ...rest }: Model['rope']): object {
  return { ...rest, scaling: scaling.kind === 'factors' ? [...scaling.factors] : scaling };
}
