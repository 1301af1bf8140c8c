import {
  BLOCK_TOKENS,
  type BlockRef,
  type ShardId,
  type ShardJob,
  type ShardStep,
  type StepSlice,
} from '../ports.ts';

/** What one shard has to do in a step, and which rows of the batch that concerns. */
export interface ShardPlan {
  readonly shard: ShardId;
  readonly step: ShardStep;
  /** Row of the batch that is row i of the shard's queries; ascending. */
  readonly queryRows: Int32Array;
  /** Row of the batch that is row i of what the shard appends; ascending. */
  readonly writeRows: Int32Array;
}

/** One batch: the rows of all slices, one after the other. */
export interface StepPlan {
  readonly tokens: Int32Array;
  readonly positions: Int32Array;
  /** First row of each slice, and after them the number of rows. */
  readonly sliceRows: Int32Array;
  /** Rows whose logits are wanted; ascending. */
  readonly logitRows: Int32Array;
  readonly shards: readonly ShardPlan[];
}

/** @throws RangeError when blocks do not cover a slice */
export function planStep(slices: readonly StepSlice[]): StepPlan {
  const sliceRows = new Int32Array(slices.length + 1);
  slices.forEach(({ tokens }, i) => {
    sliceRows[i + 1] = (sliceRows[i] ?? 0) + tokens.length;
  });
  const rows = sliceRows[slices.length] ?? 0;
  const tokens = new Int32Array(rows);
  const positions = new Int32Array(rows);
  const logitRows: number[] = [];
  const drafts = new Map<ShardId, Draft>();
  slices.forEach((slice, i) => {
    const first = sliceRows[i] ?? 0;
    tokens.set(slice.tokens, first);
    for (let row = 0; row < slice.tokens.length; row++) {
      positions[first + row] = slice.start + row;
      if (wants(slice, row)) logitRows.push(first + row);
    }
    addPast(drafts, slice, first);
    addWrites(drafts, slice, first);
  });
  const shards = [...drafts].map(([shard, draft]) => finished(shard, draft));
  return { tokens, positions, sliceRows, logitRows: Int32Array.from(logitRows), shards };
}

interface Draft {
  readonly jobs: ShardJob[];
  readonly queryRows: number[];
  readonly writeBlocks: number[];
  readonly writeSlots: number[];
  readonly writeRows: number[];
}

function draftOf(drafts: Map<ShardId, Draft>, shard: ShardId): Draft {
  const known = drafts.get(shard);
  if (known) return known;
  const draft: Draft = { jobs: [], queryRows: [], writeBlocks: [], writeSlots: [], writeRows: [] };
  drafts.set(shard, draft);
  return draft;
}

function wants({ logits, tokens }: StepSlice, row: number): boolean {
  return logits === 'all' || (logits === 'last' && row === tokens.length - 1);
}

/** One job for each shard that holds something of what came before the slice. */
function addPast(drafts: Map<ShardId, Draft>, slice: StepSlice, firstRow: number): void {
  const held = new Map<ShardId, { blocks: number[]; tokens: number }>();
  for (let from = 0, index = 0; from < slice.start; from += BLOCK_TOKENS, index++) {
    const { shard, block } = blockAt(slice, index);
    const job = held.get(shard) ?? { blocks: [], tokens: 0 };
    job.blocks.push(block);
    job.tokens += Math.min(BLOCK_TOKENS, slice.start - from);
    held.set(shard, job);
  }
  for (const [shard, { blocks, tokens }] of held) {
    const draft = draftOf(drafts, shard);
    draft.jobs.push({
      firstRow: draft.queryRows.length,
      rowCount: slice.tokens.length,
      blocks: Int32Array.from(blocks),
      tokens,
    });
    for (let row = 0; row < slice.tokens.length; row++) draft.queryRows.push(firstRow + row);
  }
}

function addWrites(drafts: Map<ShardId, Draft>, slice: StepSlice, firstRow: number): void {
  for (let row = 0; row < slice.tokens.length; row++) {
    const position = slice.start + row;
    const { shard, block } = blockAt(slice, Math.floor(position / BLOCK_TOKENS));
    const draft = draftOf(drafts, shard);
    draft.writeBlocks.push(block);
    draft.writeSlots.push(position % BLOCK_TOKENS);
    draft.writeRows.push(firstRow + row);
  }
}

function blockAt({ blocks, start, tokens }: StepSlice, index: number): BlockRef {
  const block = blocks[index];
  if (!block)
    throw new RangeError(`${blocks.length} blocks do not hold positions up to ${start + tokens.length}`);
  return block;
}

function finished(shard: ShardId, draft: Draft): ShardPlan {
  return {
    shard,
    step: {
      rows: draft.queryRows.length,
      jobs: draft.jobs,
      writes: { blocks: Int32Array.from(draft.writeBlocks), slots: Int32Array.from(draft.writeSlots) },
    },
    queryRows: Int32Array.from(draft.queryRows),
    writeRows: Int32Array.from(draft.writeRows),
  };
}
