import { BLOCK_TOKENS, type BlockPool, type BlockRef, type ShardId } from '../ports.ts';
import { Block, type ChainHash, blocksFor, chainHash } from './block.ts';
import { PrefixCache } from './prefix-cache.ts';
import type { Sequence } from './sequence.ts';

/** Blocks that a sequence would find in the prefix cache; `idle` of them are used by no other. */
export interface Hits {
  readonly blocks: number;
  readonly idle: number;
}

/** What a step writes; the places are those at its start. */
export interface Flight {
  readonly sequence: Sequence;
  readonly start: number;
  readonly count: number;
  readonly blocks: readonly Block[];
  readonly refs: readonly BlockRef[];
}

/** Gives sequences their blocks: shared ones out of the prefix cache, new ones out of the pool. */
export class BlockManager {
  readonly #pool: BlockPool;
  readonly #cache: PrefixCache;
  readonly #held = new Map<ShardId, Map<number, Block>>();
  readonly #dead = new Set<ShardId>();
  /** Blocks let go while a step runs, which may still write to them. */
  #limbo: Block[] | null = null;
  readonly #peeked = new WeakMap<Sequence, { version: number; hits: Hits }>();

  constructor(pool: BlockPool, hash: ChainHash = chainHash) {
    this.#pool = pool;
    this.#cache = new PrefixCache(hash);
  }

  /** What could be placed at once. */
  get available(): number {
    return this.#pool.size().free + this.#cache.idle;
  }

  get cached(): number {
    return this.#cache.idle;
  }

  idleBlocks(): Iterable<Block> {
    return this.#cache.idleBlocks();
  }

  isDead(shard: ShardId): boolean {
    return this.#dead.has(shard);
  }

  at(ref: BlockRef): Block | null {
    return this.#held.get(ref.shard)?.get(ref.block) ?? null;
  }

  /** Tokens whose KV is held, shared ones once. */
  tokensHeld(): number {
    let tokens = 0;
    for (const shard of this.#held.values()) for (const block of shard.values()) tokens += block.filled;
    return tokens;
  }

  /** What `adopt` would find for a sequence that has no blocks. */
  peek(sequence: Sequence): Hits {
    const known = this.#peeked.get(sequence);
    if (known?.version === this.#cache.version)
      return { blocks: known.hits.blocks, idle: this.#idle(sequence, known.hits.blocks) };
    let blocks = 0;
    while (this.#hit(sequence, blocks)) blocks++;
    const hits = { blocks, idle: this.#idle(sequence, blocks) };
    this.#peeked.set(sequence, { version: this.#cache.version, hits });
    return hits;
  }

  #idle(sequence: Sequence, blocks: number): number {
    let idle = 0;
    for (const node of sequence.nodes.slice(0, blocks)) {
      const block = this.#cache.lookup(node);
      if (block && this.#cache.isIdle(block)) idle++;
    }
    return idle;
  }

  /** Knows its full blocks that may be shared by what they hold. */
  prepare(sequence: Sequence): void {
    const full = Math.floor(sequence.logitsFrom / BLOCK_TOKENS);
    if (full > sequence.nodes.length) this.#node(sequence, full - 1);
  }

  /** Takes blocks that others have computed in place of those it would compute next. Returns how many tokens that is. */
  adopt(sequence: Sequence): number {
    const before = sequence.ready;
    for (;;) {
      const index = sequence.ready / BLOCK_TOKENS;
      const hit = Number.isInteger(index) ? this.#hit(sequence, index) : null;
      if (!hit) return sequence.ready - before;
      const own = sequence.blocks[index];
      this.#cache.use(hit);
      hit.refs++;
      sequence.blocks[index] = hit;
      sequence.ready += BLOCK_TOKENS;
      if (own) this.#letGo([own]);
      sequence.advance();
    }
  }

  /** Never reaches the first row whose logits are wanted. */
  #hit(sequence: Sequence, index: number): Block | null {
    if ((index + 1) * BLOCK_TOKENS > sequence.logitsFrom) return null;
    const hit = this.#cache.lookup(this.#node(sequence, index));
    if (hit?.node) sequence.nodes[index] = hit.node;
    return hit;
  }

  #node(sequence: Sequence, index: number) {
    const { nodes } = sequence;
    for (let i = nodes.length; i <= index; i++) {
      nodes.push(this.#cache.node(nodes[i - 1] ?? null, sequence.slice(i * BLOCK_TOKENS, BLOCK_TOKENS)));
    }
    const node = nodes[index];
    if (!node) throw new Error(`no block ${index} in a sequence of ${sequence.length} tokens`);
    return node;
  }

  /** Memory for all its tokens. False, and nothing done, when there is not enough. */
  place(sequence: Sequence): boolean {
    const homeless = sequence.blocks.filter((block) => !block.ref);
    const grown = Math.max(0, blocksFor(sequence.length) - sequence.blocks.length);
    const refs = this.#allocate(homeless.length + grown);
    if (!refs) return false;
    for (let i = 0; i < grown; i++) {
      const block = new Block();
      sequence.blocks.push(block);
      homeless.push(block);
    }
    for (const [i, ref] of refs.entries()) {
      const block = homeless[i];
      if (block) this.#hold(block, ref);
    }
    return true;
  }

  #hold(block: Block, ref: BlockRef): void {
    block.ref = ref;
    const shard = this.#held.get(ref.shard) ?? new Map<number, Block>();
    this.#held.set(ref.shard, shard.set(ref.block, block));
  }

  /** A pool may not know yet that a shard is gone: what it gives of that one is dropped. */
  #allocate(count: number): BlockRef[] | null {
    const got: BlockRef[] = [];
    while (got.length < count) {
      const wanted = count - got.length;
      const { free } = this.#pool.size();
      if (free < wanted) this.#discard(this.#cache.evict(wanted - free));
      const refs = this.#pool.allocate(wanted);
      if (!refs) {
        if (got.length > 0) this.#pool.free(got);
        return null;
      }
      got.push(...refs.filter((ref) => !this.#dead.has(ref.shard)));
    }
    return got;
  }

  #discard(blocks: readonly Block[]): void {
    const refs = blocks.flatMap((block) => block.ref ?? []);
    for (const block of blocks) block.ref = null;
    for (const { shard, block } of refs) this.#held.get(shard)?.delete(block);
    if (refs.length > 0) this.#pool.free(refs);
  }

  /** From now until `settle`, memory that is let go stays as it is. */
  hold(): void {
    this.#limbo = [];
  }

  settle(): void {
    const limbo = this.#limbo ?? [];
    this.#limbo = null;
    this.#letGo(limbo);
  }

  release(sequence: Sequence): void {
    const blocks = sequence.blocks;
    sequence.blocks = [];
    sequence.ready = 0;
    this.#letGo(blocks.reverse());
  }

  /** The last of a sequence first, so that the beginning of a text is evicted after what follows it. */
  #letGo(blocks: readonly Block[]): void {
    if (this.#limbo) {
      this.#limbo.push(...blocks);
      return;
    }
    const unused: Block[] = [];
    for (const block of blocks) {
      block.refs--;
      if (block.refs > 0) continue;
      if (this.#cache.has(block)) this.#cache.rest(block);
      else unused.push(block);
    }
    this.#discard(unused);
  }

  /** A step wrote this. */
  filled({ sequence, start, count, blocks, refs }: Flight): void {
    const end = start + count;
    for (let i = Math.floor(start / BLOCK_TOKENS); i < blocksFor(end); i++) {
      const block = blocks[i];
      const ref = refs[i];
      if (block && ref) this.written(sequence, i, block, ref, Math.min(BLOCK_TOKENS, end - i * BLOCK_TOKENS));
    }
  }

  /** KV of a sequence's block `index` was written at `ref`; when that was lost meanwhile, it stays so. */
  written(sequence: Sequence, index: number, block: Block, ref: BlockRef, slots: number): void {
    if (block.ref !== ref) return;
    block.filled = slots;
    if (slots === BLOCK_TOKENS) this.#cache.register(block, this.#node(sequence, index));
  }

  /** The shard is gone. Returns whether that was news. */
  lose(shard: ShardId): boolean {
    if (this.#dead.has(shard)) return false;
    this.#dead.add(shard);
    const lost = this.#held.get(shard);
    this.#held.delete(shard);
    for (const block of lost?.values() ?? []) {
      this.#cache.remove(block);
      block.ref = null;
      block.filled = 0;
    }
    return true;
  }

  /** After a copy: who used `from` uses `to`, and `from` is nobody's. False when `from` was lost, or `to`. */
  rebind(from: BlockRef, to: BlockRef): boolean {
    const block = this.at(from);
    if (!block || this.#dead.has(to.shard)) return false;
    this.#held.get(from.shard)?.delete(from.block);
    this.#hold(block, to);
    return true;
  }

  /** Gives up to `count` cached blocks that no sequence uses back to the pool, those used last last. Returns how many. */
  evict(count = Number.POSITIVE_INFINITY, shards: (shard: ShardId) => boolean = () => true): number {
    const blocks: Block[] = [];
    for (const block of this.#cache.idleBlocks()) {
      if (blocks.length >= count) break;
      if (block.ref && shards(block.ref.shard)) blocks.push(block);
    }
    for (const block of blocks) this.#cache.remove(block);
    this.#discard(blocks);
    return blocks.length;
  }
}
