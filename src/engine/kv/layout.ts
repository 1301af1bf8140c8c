import { BLOCK_TOKENS, type KvShape } from '../ports.ts';

/**
 * Where the KV of one token is. Memory is [block][layer][KV head], each of these holding a tile of K, [tokens/8, dim, 8],
 * then one of V, [width/8, tokens, 8], and for int8 the scales of K and of V, [tokens] floats each. Blocks are outermost, so
 * that growing appends and copies nothing; K's tokens are innermost, so that a score is a sum over whole vectors.
 */
export interface KvLayout {
  /** Width of a V row: `headDim` rounded up to 8. */
  readonly width: number;
  readonly headBytes: number;
  readonly layerBytes: number;
  readonly blockBytes: number;
}

const LANES = 8;
const SCALE_BYTES = 4;

/** @throws RangeError for a shape that the kernels do not know */
export function kvLayout({ layers, heads, kvHeads, headDim, type }: KvShape): KvLayout {
  for (const [name, value] of Object.entries({ layers, heads, kvHeads, headDim }))
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${name} is ${value}: not a positive integer`);
  if (headDim % 4 !== 0 || headDim > 512)
    throw new RangeError(`a head of ${headDim} numbers: it must be a multiple of 4, 512 at most`);
  if (heads % kvHeads !== 0)
    throw new RangeError(`${heads} query heads cannot share ${kvHeads} KV heads evenly`);
  const width = Math.ceil(headDim / LANES) * LANES;
  const numbers = BLOCK_TOKENS * (headDim + width);
  const headBytes = type === 'bf16' ? 2 * numbers : numbers + 2 * BLOCK_TOKENS * SCALE_BYTES;
  const layerBytes = kvHeads * headBytes;
  return { width, headBytes, layerBytes, blockBytes: layers * layerBytes };
}

/** Bytes that one token takes in all layers. */
export function kvBytesPerToken(kv: KvShape): number {
  return kvLayout(kv).blockBytes / BLOCK_TOKENS;
}

const PAGE_BYTES = 65_536;
/** What a WASM memory of 32-bit addresses can have. */
const MAX_PAGES = 65_536;

export interface MemoryPlan {
  /** Whole blocks within the budget. */
  readonly blocks: number;
  /** Pages before the first block, for the kernels' own use: not part of the budget. */
  readonly scratchPages: number;
  readonly maxPages: number;
}

/** @throws RangeError when one memory cannot hold it, or no block fits */
export function planMemory(kv: KvShape, maxBytes: number, scratchBytes: number): MemoryPlan {
  const { blockBytes } = kvLayout(kv);
  const scratchPages = Math.ceil(scratchBytes / PAGE_BYTES);
  const blocks = Math.floor(maxBytes / blockBytes);
  if (!(blocks >= 1))
    throw new RangeError(
      `${maxBytes} bytes hold no KV block: one of ${BLOCK_TOKENS} tokens takes ${blockBytes}`,
    );
  const maxPages = scratchPages + Math.ceil((blocks * blockBytes) / PAGE_BYTES);
  if (maxPages > MAX_PAGES)
    throw new RangeError(`${maxBytes} bytes of KV are over one arena's 4 GiB: use several (see arenaBytes)`);
  return { blocks, scratchPages, maxPages };
}

/** Left of an arena's 4 GiB for the kernels' own use. */
const SCRATCH_RESERVE_BYTES = 64 * 2 ** 20;
const MAX_ARENA_BYTES = MAX_PAGES * PAGE_BYTES - SCRATCH_RESERVE_BYTES;

/** A budget as the `maxBytes` of as few arenas as can hold it, at least `arenas`, in equal parts of whole blocks. */
export function arenaBytes(kv: KvShape, budgetBytes: number, arenas = 1): readonly number[] {
  const { blockBytes } = kvLayout(kv);
  const most = Math.floor(MAX_ARENA_BYTES / blockBytes);
  const blocks = Math.floor(budgetBytes / blockBytes);
  const count = Math.max(arenas, Math.ceil(blocks / most));
  return Array.from(
    { length: count },
    (_, index) => (Math.floor(blocks / count) + (index < blocks % count ? 1 : 0)) * blockBytes,
  );
}

/** Blocks that a shard of `maxBytes` has. */
export function blockCapacity(kv: KvShape, maxBytes: number): number {
  return Math.floor(maxBytes / kvLayout(kv).blockBytes);
}
