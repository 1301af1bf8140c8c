import { type Arena, createArena } from '../kv/arena.ts';
import {
  type AttentionShard,
  type KvShape,
  type KvType,
  type Partials,
  type Pending,
  type ShardId,
  type ShardJob,
  ShardLostError,
  type ShardStep,
} from '../ports.ts';
import { appendRows, roundRows } from './append.ts';
import { emptyPartials } from './partials.ts';
import { attendGraph } from './row-graph.ts';
import { attendRows } from './row-kernel.ts';
import { type Scratch, scratchFor } from './scratch.ts';
import { checkBlock, checkLayer, checkQueries, checkRows, checkStep } from './step.ts';
import { openTileGraph } from './tile-graph.ts';

export interface LocalShardOptions {
  readonly id: ShardId;
  readonly kv: KvShape;
  /** For KV blocks; see `arenaBytes` for budgets over 4 GiB. */
  readonly maxBytes: number;
}

/** KV in this thread; `ready` computes. */
export interface LocalShard extends AttentionShard {
  /** Blocks 0 to `blocks` − 1 can be used. */
  readonly blocks: number;
  /** Bytes of blocks that are committed so far. */
  committedBytes(): number;
  /** Rounds keys or values, [rows, kvHeads, headDim], in place to what the cache would give back. */
  round(x: Float32Array): void;
}

export function createLocalShard({ id, kv, maxBytes }: LocalShardOptions): LocalShard {
  const scratch = scratchFor(kv);
  const arena = createArena({ kv, maxBytes, scratchBytes: scratch.bytes });
  return new ArenaShard(id, arena, scratch);
}

/** From so many queries a KV head on, matrix products are faster than the row kernels. */
const GRAPH_QUERIES: Record<KvType, number> = { bf16: 24, int8: 40 };

const NO_STEP: ShardStep = {
  rows: 0,
  jobs: [],
  writes: { blocks: new Int32Array(), slots: new Int32Array() },
};

class ArenaShard implements LocalShard {
  readonly id: ShardId;
  readonly kv: KvShape;
  readonly blocks: number;
  readonly #scratch: Scratch;
  /** Null once closed. */
  #arena: Arena | null;
  readonly #graph = openTileGraph();
  #step = NO_STEP;

  constructor(id: ShardId, arena: Arena, scratch: Scratch) {
    this.id = id;
    this.kv = arena.kv;
    this.blocks = arena.blocks;
    this.#arena = arena;
    this.#scratch = scratch;
  }

  begin(step: ShardStep): void {
    const arena = this.#open();
    checkStep(step, this.blocks);
    // Commits what the step touches, so that no view of memory is detached within it.
    for (const job of step.jobs) for (const block of job.blocks) arena.use(block);
    for (const block of step.writes.blocks) arena.use(block);
    this.#step = step;
  }

  attend(layer: number, q: Float32Array): Pending<Partials> {
    this.#open();
    checkLayer(layer, this.kv);
    checkQueries(q, this.#step, this.kv);
    return { ready: () => this.#attend(layer, q) };
  }

  #attend(layer: number, q: Float32Array): Partials {
    const arena = this.#open();
    const out = emptyPartials(this.#step.rows, this.kv.heads, this.kv.headDim);
    const scratch = this.#scratch;
    for (const job of this.#step.jobs) {
      if (job.tokens === 0 || job.rowCount === 0) continue;
      if (this.#manyRows(job)) attendGraph(arena, scratch, this.#graph, layer, job, q, out);
      else attendRows(arena, scratch, layer, job, q, out);
    }
    return out;
  }

  #manyRows({ rowCount }: ShardJob): boolean {
    return (rowCount * this.kv.heads) / this.kv.kvHeads >= GRAPH_QUERIES[this.kv.type];
  }

  append(layer: number, k: Float32Array, v: Float32Array): void {
    const arena = this.#open();
    checkLayer(layer, this.kv);
    checkRows(k, v, this.#step, this.kv);
    appendRows(arena, this.#scratch, layer, this.#step.writes, k, v);
  }

  end(): Pending<void> {
    this.#open();
    this.#step = NO_STEP;
    return { ready: () => undefined };
  }

  round(x: Float32Array): void {
    roundRows(this.#open(), this.#scratch, x);
  }

  committedBytes(): number {
    return this.#arena?.committedBytes() ?? 0;
  }

  async readBlock(block: number): Promise<Uint8Array> {
    const arena = this.#open();
    checkBlock(block, this.blocks);
    return arena.read(block);
  }

  async writeBlock(block: number, bytes: Uint8Array): Promise<void> {
    const arena = this.#open();
    checkBlock(block, this.blocks);
    arena.write(block, bytes);
  }

  async close(): Promise<void> {
    this.#graph.close();
    this.#arena = null;
  }

  #open(): Arena {
    if (this.#arena === null) throw new ShardLostError(this.id, 'it was closed');
    return this.#arena;
  }
}
