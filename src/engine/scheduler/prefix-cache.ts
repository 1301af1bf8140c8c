import type { Block, ChainHash, PrefixNode } from './block.ts';

/**
 * Full blocks by what they hold and all that came before it. The hash only finds the candidate: tokens are compared down
 * the chain, so that a collision is a miss. Blocks that no sequence uses any more stay until `evict`, oldest first.
 */
export class PrefixCache {
  readonly #hash: ChainHash;
  readonly #blocks = new Map<number, Block>();
  /** In the order in which they were let go. */
  readonly #idle = new Set<Block>();
  #version = 0;

  constructor(hash: ChainHash) {
    this.#hash = hash;
  }

  /** Changes whenever a lookup could give another answer. */
  get version(): number {
    return this.#version;
  }

  get idle(): number {
    return this.#idle.size;
  }

  idleBlocks(): Iterable<Block> {
    return this.#idle;
  }

  node(parent: PrefixNode | null, tokens: Int32Array): PrefixNode {
    return { parent, tokens, key: this.#hash(parent?.key ?? 0, tokens) };
  }

  lookup(node: PrefixNode): Block | null {
    const block = this.#blocks.get(node.key);
    return block && sameNode(block.node, node) ? block : null;
  }

  /** Does nothing when these tokens, or others of the same hash, are there already. */
  register(block: Block, node: PrefixNode): void {
    if (this.#blocks.has(node.key)) return;
    block.node = node;
    this.#blocks.set(node.key, block);
    this.#version++;
  }

  has(block: Block): boolean {
    return block.node !== null && this.#blocks.get(block.node.key) === block;
  }

  remove(block: Block): void {
    this.#idle.delete(block);
    if (!block.node || this.#blocks.get(block.node.key) !== block) return;
    this.#blocks.delete(block.node.key);
    block.node = null;
    this.#version++;
  }

  /** No sequence uses it any more. */
  rest(block: Block): void {
    this.#idle.add(block);
  }

  isIdle(block: Block): boolean {
    return this.#idle.has(block);
  }

  use(block: Block): void {
    this.#idle.delete(block);
  }

  /** Takes up to `count` idle blocks out, the least recently used first. */
  evict(count: number): Block[] {
    const out: Block[] = [];
    for (const block of this.#idle) {
      if (out.length >= count) break;
      out.push(block);
    }
    for (const block of out) this.remove(block);
    return out;
  }
}

/** Chains that a lookup walked along are the same objects, so that this seldom goes deep. */
function sameNode(one: PrefixNode | null, other: PrefixNode | null): boolean {
  let a = one;
  let b = other;
  while (a !== b) {
    if (!a || !b || a.key !== b.key || !sameTokens(a.tokens, b.tokens)) return false;
    a = a.parent;
    b = b.parent;
  }
  return true;
}

function sameTokens(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((token, i) => token === b[i]);
}
