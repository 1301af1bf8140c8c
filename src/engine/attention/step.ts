import { BLOCK_TOKENS, type KvShape, type ShardStep } from '../ports.ts';

/** What every shard checks of a step, wherever its memory is. @throws RangeError */
export function checkStep({ rows, jobs, writes }: ShardStep, blocks: number): void {
  const known = (block: number): boolean => block >= 0 && block < blocks;
  for (const job of jobs) {
    if (job.firstRow < 0 || job.rowCount < 0 || job.firstRow + job.rowCount > rows)
      throw new RangeError(`rows ${job.firstRow} and ${job.rowCount - 1} more are not in a step of ${rows}`);
    if (job.tokens < 0 || job.tokens > job.blocks.length * BLOCK_TOKENS)
      throw new RangeError(`${job.tokens} tokens are not in ${job.blocks.length} KV blocks`);
    const missing = job.blocks.find((block) => !known(block));
    if (missing !== undefined) throw new RangeError(`there is no KV block ${missing}: there are ${blocks}`);
  }
  if (writes.blocks.length !== writes.slots.length)
    throw new RangeError(`${writes.blocks.length} blocks to write, but ${writes.slots.length} slots`);
  const missing = writes.blocks.find((block) => !known(block));
  if (missing !== undefined) throw new RangeError(`there is no KV block ${missing}: there are ${blocks}`);
  const slot = writes.slots.find((each) => each < 0 || each >= BLOCK_TOKENS);
  if (slot !== undefined) throw new RangeError(`a KV block has no slot ${slot}`);
}

export function checkBlock(block: number, blocks: number): void {
  if (!Number.isInteger(block) || block < 0 || block >= blocks)
    throw new RangeError(`there is no KV block ${block}: there are ${blocks}`);
}

export function checkLayer(layer: number, { layers }: KvShape): void {
  if (!Number.isInteger(layer) || layer < 0 || layer >= layers)
    throw new RangeError(`there is no layer ${layer}: there are ${layers}`);
}

export function checkQueries(q: Float32Array, { rows }: ShardStep, { heads, headDim }: KvShape): void {
  if (q.length !== rows * heads * headDim)
    throw new RangeError(`${q.length} numbers are no queries of [${rows}, ${heads}, ${headDim}]`);
}

export function checkRows(
  k: Float32Array,
  v: Float32Array,
  { writes }: ShardStep,
  { kvHeads, headDim }: KvShape,
): void {
  const count = writes.blocks.length * kvHeads * headDim;
  if (k.length !== count || v.length !== count)
    throw new RangeError(
      `${k.length} and ${v.length} numbers are no keys and values of [${writes.blocks.length}, ${kvHeads}, ${headDim}]`,
    );
}
