import type { KvShape } from '../ports.ts';
import { type Kernels, kernelsOver } from './kernels.ts';
import { type KvLayout, kvLayout, planMemory } from './layout.ts';

export interface ArenaOptions {
  readonly kv: KvShape;
  /** For blocks; 4 GiB at most, less what the kernels need for themselves. */
  readonly maxBytes: number;
  /** Room before the blocks for the arena's user, from byte 0. */
  readonly scratchBytes?: number;
}

/**
 * KV blocks in one WASM memory, which the kernels run over. Its address space is reserved at once and committed as blocks
 * are used (the idea of vAttention, arXiv 2405.04437), so that growth copies nothing. Committed memory is never given back.
 */
export interface Arena {
  readonly kv: KvShape;
  readonly layout: KvLayout;
  readonly kernels: Kernels;
  /** Blocks 0 to `blocks` − 1 can be used. */
  readonly blocks: number;
  /** Bytes of blocks that are committed. */
  committedBytes(): number;
  /** Where a layer of block 0 is; block b is b · blockBytes further. */
  layerBase(layer: number): number;
  /** Commits a block. @throws RangeError when there is no such block, or the machine has no memory left */
  use(block: number): void;
  /** Of the whole memory, until the next `use`. */
  bytes(): Uint8Array<ArrayBuffer>;
  floats(at: number, count: number): Float32Array<ArrayBuffer>;
  /** A copy. */
  read(block: number): Uint8Array<ArrayBuffer>;
  /** @throws RangeError when they are not as many as a block has */
  write(block: number, bytes: Uint8Array): void;
}

const PAGE_BYTES = 65_536;
/** Committed at a time: growing detaches all views. */
const GROW_PAGES = 64;

export function createArena({ kv, maxBytes, scratchBytes = PAGE_BYTES }: ArenaOptions): Arena {
  const layout = kvLayout(kv);
  const { blocks, scratchPages, maxPages } = planMemory(kv, maxBytes, scratchBytes);
  const memory = new WebAssembly.Memory({ initial: scratchPages, maximum: maxPages });
  const kernels = kernelsOver(memory);
  const base = scratchPages * PAGE_BYTES;
  const { blockBytes, layerBytes } = layout;
  let view = new Uint8Array(memory.buffer);
  let usable = 0;

  function use(block: number): void {
    if (block < usable && block >= 0) return;
    if (!Number.isInteger(block) || block < 0 || block >= blocks)
      throw new RangeError(`there is no KV block ${block}: there are ${blocks}`);
    const have = view.byteLength / PAGE_BYTES;
    const need = Math.ceil((base + (block + 1) * blockBytes) / PAGE_BYTES);
    if (need > have) {
      memory.grow(Math.max(need, Math.min(have + GROW_PAGES, maxPages)) - have);
      view = new Uint8Array(memory.buffer);
    }
    usable = Math.min(blocks, Math.floor((view.byteLength - base) / blockBytes));
  }

  return {
    kv,
    layout,
    kernels,
    blocks,
    use,
    committedBytes: () => view.byteLength - base,
    layerBase: (layer) => base + layer * layerBytes,
    bytes: () => view,
    floats: (at, count) => new Float32Array(view.buffer, at, count),
    read(block) {
      use(block);
      const at = base + block * blockBytes;
      return view.slice(at, at + blockBytes);
    },
    write(block, bytes) {
      if (bytes.byteLength !== blockBytes)
        throw new RangeError(`${bytes.byteLength} bytes are no KV block: one has ${blockBytes}`);
      use(block);
      view.set(bytes, base + block * blockBytes);
    },
  };
}
