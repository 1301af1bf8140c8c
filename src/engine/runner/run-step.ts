import { addPartials, finishPartials } from '../attention/partials.ts';
import { type Dense, type DenseStep, takeRows } from '../graphs/dense.ts';
import {
  type AttentionShard,
  type KvShape,
  type Partials,
  type Pending,
  type ShardId,
  ShardLostError,
} from '../ports.ts';
import { allReady } from './all-ready.ts';
import type { ShardPlan, StepPlan } from './plan.ts';

/** Causal attention of each slice's rows to the rows of the same slice, unmerged. */
export type SelfAttention = (
  q: Float32Array,
  k: Float32Array,
  v: Float32Array,
  sliceRows: Int32Array,
) => Partials;

export interface StepTools {
  readonly kv: KvShape;
  readonly dense: Dense;
  readonly selfAttention: SelfAttention;
  /** Rounds keys or values, [rows, kvHeads, headDim], in place to what the cache will give back for them. */
  readonly round: (values: Float32Array) => void;
  /** The farthest first, so that the work of the nearest covers their way. */
  readonly shards: ReadonlyMap<ShardId, AttentionShard>;
  /** Awaited once a layer: lets the thread's event loop serve others. */
  readonly breathe: (() => Promise<void>) | null;
}

interface Participant {
  readonly plan: ShardPlan;
  readonly shard: AttentionShard;
}

/**
 * Runs one batch through all layers; the cache then holds its tokens.
 * When it fails, nothing of it is under way any more: it, or another, may be run at once.
 * @returns logits of `plan.logitRows`, [rows, vocabulary]; null when there are none
 * @throws ShardLostError
 */
export async function runStep(plan: StepPlan, tools: StepTools): Promise<Float32Array | null> {
  const participants = participantsOf(plan, tools.shards);
  const begun: AttentionShard[] = [];
  try {
    for (const { shard, plan: of } of participants) {
      shard.begin(of.step);
      begun.push(shard);
    }
    const logits = await runLayers(plan, participants, tools);
    await allReady(begun.splice(0).map((shard) => shard.end()));
    return logits;
  } catch (error) {
    await Promise.allSettled(begun.map(async (shard) => shard.end().ready()));
    throw error;
  }
}

function participantsOf(
  { shards: plans }: StepPlan,
  shards: ReadonlyMap<ShardId, AttentionShard>,
): readonly Participant[] {
  const byShard = new Map(plans.map((plan) => [plan.shard, plan]));
  for (const id of byShard.keys())
    if (!shards.has(id)) throw new ShardLostError(id, 'this instance is not connected to it');
  return [...shards].flatMap(([id, shard]) => {
    const plan = byShard.get(id);
    return plan ? [{ plan, shard }] : [];
  });
}

async function runLayers(
  plan: StepPlan,
  participants: readonly Participant[],
  tools: StepTools,
): Promise<Float32Array | null> {
  const step = tools.dense.start(plan.tokens, plan.positions);
  const last = tools.kv.layers - 1;
  for (let layer = 0; layer < last; layer++) {
    const attended = await runAttention(layer, step, plan, participants, tools);
    if (tools.breathe) await tools.breathe();
    step.advance(attended);
  }
  if (plan.logitRows.length === 0) {
    const { k, v } = roundedKv(step, tools.round);
    append(last, k, v, participants, tools.kv);
    return null;
  }
  return step.logits(await runAttention(last, step, plan, participants, tools), plan.logitRows);
}

/** @returns [rows, heads, headDim] */
async function runAttention(
  layer: number,
  step: DenseStep,
  plan: StepPlan,
  participants: readonly Participant[],
  { kv, selfAttention, round }: StepTools,
): Promise<Float32Array> {
  const { q } = step.attention;
  const { k, v } = roundedKv(step, round);
  const asking = participants.filter((each) => each.plan.queryRows.length > 0);
  const asked: Pending<Partials>[] = [];
  let merged: Partials;
  try {
    for (const { shard, plan: of } of asking)
      asked.push(shard.attend(layer, takeRows(q, kv.heads * kv.headDim, of.queryRows)));
    append(layer, k, v, participants, kv);
    merged = selfAttention(q, k, v, plan.sliceRows);
  } catch (error) {
    await allReady(asked).catch(() => undefined);
    throw error;
  }
  const partials = await allReady(asked);
  asking.forEach(({ plan: of }, i) => {
    const each = partials[i];
    if (each) addPartials(merged, each, kv.heads, of.queryRows);
  });
  finishPartials(merged, merged.ma);
  return merged.ma;
}

/** What a step computes with is what later steps will read, or else the cuts of a prompt would show. */
function roundedKv(
  { attention: { k, v } }: DenseStep,
  round: StepTools['round'],
): { k: Float32Array; v: Float32Array } {
  round(k);
  round(v);
  return { k, v };
}

function append(
  layer: number,
  k: Float32Array,
  v: Float32Array,
  participants: readonly Participant[],
  { kvHeads, headDim }: KvShape,
): void {
  const width = kvHeads * headDim;
  for (const { shard, plan } of participants)
    if (plan.writeRows.length > 0)
      shard.append(layer, takeRows(k, width, plan.writeRows), takeRows(v, width, plan.writeRows));
}
