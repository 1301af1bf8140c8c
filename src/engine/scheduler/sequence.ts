import { BLOCK_TOKENS } from '../ports.ts';
import type { Block, PrefixNode } from './block.ts';

export type Rows = 'none' | 'last' | 'all';

/** What a sequence's logits are for. */
export interface Task {
  /** `last`: of the last token, to go on from. `all`: of every token from `wantedFrom` on. `none`: KV is all it wants. */
  readonly rows: Rows;
  /** Position of the first row whose logits are still wanted, of a sequence of that many tokens. */
  wantedFrom(length: number): number;
  /** Rows from position `start` on; says what that leads to. */
  take(logits: Float32Array, start: number, sequence: Sequence): Outcome;
  fail(error: unknown): void;
}

export interface Outcome {
  /** The sequence's next token. */
  readonly token: number | null;
  readonly next: 'go' | 'park' | 'end';
}

/** Waiting for memory; running; parked because its reader is behind; ended. */
export type SequenceState = 'waiting' | 'running' | 'parked' | 'ended';

/** One request's tokens and where their KV is. */
export class Sequence {
  /** In the order of arrival. */
  readonly id: number;
  readonly task: Task;
  readonly tokens: number[];
  readonly promptLength: number;
  state: SequenceState = 'waiting';
  /** Its block table: block i holds positions i·BLOCK_TOKENS and up. Some may be shared, some lost. */
  blocks: Block[] = [];
  /** Of its full blocks, as far as anyone asked. */
  readonly nodes: PrefixNode[] = [];
  /** Leading tokens whose KV is there. */
  ready = 0;
  /** Prompt tokens whose KV was there when it came. */
  cachedTokens = 0;
  /** It has run before. */
  started = false;
  /** Since when it could not be held by all the memory there is. */
  hopelessSinceMs: number | null = null;
  /** Since when it stands still for want of memory. */
  standsSinceMs: number | null = null;

  constructor(id: number, prompt: readonly number[], task: Task) {
    this.id = id;
    this.task = task;
    this.tokens = [...prompt];
    this.promptLength = prompt.length;
  }

  get length(): number {
    return this.tokens.length;
  }

  get rows(): Rows {
    return this.task.rows;
  }

  get logitsFrom(): number {
    return this.task.wantedFrom(this.tokens.length);
  }

  slice(start: number, count: number): Int32Array {
    return Int32Array.from(this.tokens.slice(start, start + count));
  }

  /** Moves `ready` over what has been filled, by itself or by those it shares with. */
  advance(): void {
    for (;;) {
      const block = this.blocks[Math.floor(this.ready / BLOCK_TOKENS)];
      const slot = this.ready % BLOCK_TOKENS;
      if (!block || block.filled <= slot) return;
      this.ready += block.filled - slot;
      if (block.filled < BLOCK_TOKENS) return;
    }
  }

  /** After losses. */
  rewind(): void {
    this.ready = 0;
    this.advance();
  }
}
