import type { Model } from '../models/model.ts';
import type { KvShape } from '../ports.ts';
import type { KvModel } from './chunk-codec.ts';
import { relationsOf } from './relations.ts';
import { stepTable } from './step-tables.ts';
import { EVEN_STEP, type Fineness } from './steps.ts';

/** Of a table's steps. See docs/engine.md for what coarser ones save and cost (benchmarks/engine/context.ts). */
const TABLE_STEP = 0.085;

/** The model must stay open: its weights are read when they are needed. */
export function kvModelOf(model: Model, kv: KvShape): KvModel {
  return { kv, rope: model.rope, relations: relationsOf(model, kv) };
}

export function usualFineness(model: Model, step?: number): Fineness {
  const table = stepTable(model);
  return { step: step ?? (table ? TABLE_STEP : EVEN_STEP), table };
}
