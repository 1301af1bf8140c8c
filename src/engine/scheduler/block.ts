import { BLOCK_TOKENS, type BlockRef } from '../ports.ts';

/** The first n·BLOCK_TOKENS tokens of a text, as a chain of full blocks; `key` is a hash of the whole chain. */
export interface PrefixNode {
  readonly parent: PrefixNode | null;
  readonly tokens: Int32Array;
  readonly key: number;
}

/** A hash of 53 bits of (the hash of all that came before, one block's tokens). */
export type ChainHash = (parent: number, tokens: Int32Array) => number;

export const chainHash: ChainHash = (parent, tokens) => {
  let a = (parent >>> 0) ^ 0x9e3779b9;
  let b = Math.floor(parent / 0x1_0000_0000) ^ 0x85ebca6b;
  for (const token of tokens) {
    a = Math.imul(a ^ token, 0x01000193);
    a ^= a >>> 15;
    b = Math.imul(b + token, 0xc2b2ae35);
    b ^= b >>> 13;
  }
  return (a >>> 0) + ((b >>> 0) & 0x1f_ffff) * 0x1_0000_0000;
};

/**
 * One rBlock as the sequences that share it see it. Tables hold this object, not its place: a move changes `ref`, a
 * loss clears it, and whoever computes it again does so for all.
 */
export class Block {
  /** Null: no memory yet, or lost. */
  ref: BlockRef | null = null;
  /** Leading slots whose KV is there. */
  filled = 0;
  /** Sequences whose table has it; 0 when it is only cached. */
  refs = 1;
  /** What it holds, once it is full. */
  node: PrefixNode | null = null;
}

export function blocksFor(tokens: number): number {
  return Math.ceil(tokens / BLOCK_TOKENS);
}

export function blockKey(ref: BlockRef): string {
  return `${ref.shard}#${ref.block}`;
}
