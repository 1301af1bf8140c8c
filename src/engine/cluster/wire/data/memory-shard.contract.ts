import type { AttentionShard, KvShape, Partials, ShardStep } from '../../../ports.ts';
import { BLOCK_TOKENS } from '../../../ports.ts';

/** A shard in plain arrays that computes by the definition, for tests of what carries it. */
export class MemoryShard implements AttentionShard {
  readonly id: string;
  readonly kv: KvShape;
  readonly blocks: number;
  readonly calls: string[] = [];
  readonly #kv: Float32Array;
  #step: ShardStep | null = null;

  constructor(id: string, kv: KvShape, blocks: number) {
    this.id = id;
    this.kv = kv;
    this.blocks = blocks;
    this.#kv = new Float32Array(blocks * this.#blockFloats);
  }

  begin(step: ShardStep): void {
    if (this.#step) throw new Error('a step within a step');
    this.calls.push('begin');
    this.#step = step;
  }

  attend(layer: number, q: Float32Array): { ready(): Partials } {
    return { ready: () => this.#attend(layer, q) };
  }

  append(layer: number, k: Float32Array, v: Float32Array): void {
    const { blocks, slots } = this.#begun().writes;
    const each = this.kv.kvHeads * this.kv.headDim;
    blocks.forEach((block, row) => {
      const at = this.#at(layer, block, slots[row] ?? 0);
      this.#kv.set(k.subarray(row * each, (row + 1) * each), at);
      this.#kv.set(v.subarray(row * each, (row + 1) * each), at + each);
    });
  }

  end(): { ready(): void } {
    this.#begun();
    this.calls.push('end');
    this.#step = null;
    return { ready: () => undefined };
  }

  readBlock(block: number): Promise<Uint8Array> {
    const from = this.#kv.subarray(block * this.#blockFloats, (block + 1) * this.#blockFloats).slice();
    return Promise.resolve(new Uint8Array(from.buffer));
  }

  async writeBlock(block: number, bytes: Uint8Array): Promise<void> {
    const floats = new Float32Array(bytes.slice().buffer);
    if (floats.length !== this.#blockFloats) throw new RangeError('not the size of a block');
    this.#kv.set(floats, block * this.#blockFloats);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  get #blockFloats(): number {
    return this.kv.layers * BLOCK_TOKENS * 2 * this.kv.kvHeads * this.kv.headDim;
  }

  #at(layer: number, block: number, slot: number): number {
    if (block < 0 || block >= this.blocks) throw new RangeError(`no block ${block}`);
    return ((block * this.kv.layers + layer) * BLOCK_TOKENS + slot) * 2 * this.kv.kvHeads * this.kv.headDim;
  }

  #begun(): ShardStep {
    if (!this.#step) throw new Error('no step was begun');
    return this.#step;
  }

  #attend(layer: number, q: Float32Array): Partials {
    const { rows, jobs } = this.#begun();
    const { heads, kvHeads, headDim } = this.kv;
    const m = new Float32Array(rows * heads).fill(-Infinity);
    const e = new Float32Array(rows * heads);
    const ma = new Float32Array(rows * heads * headDim);
    for (const { firstRow, rowCount, blocks, tokens } of jobs)
      for (let row = firstRow; row < firstRow + rowCount; row++)
        for (let head = 0; head < heads; head++) {
          const out = row * heads + head;
          const query = q.subarray(out * headDim, (out + 1) * headDim);
          const kvHead = Math.floor((head * kvHeads) / heads);
          const keys = Array.from({ length: tokens }, (_, token) => {
            const block = blocks[Math.floor(token / BLOCK_TOKENS)] ?? -1;
            return this.#at(layer, block, token % BLOCK_TOKENS) + kvHead * headDim;
          });
          const scores = keys.map((at) => query.reduce((sum, x, d) => sum + x * (this.#kv[at + d] ?? 0), 0));
          const most = Math.max(-Infinity, ...scores);
          m[out] = most;
          scores.forEach((score, index) => {
            const weight = Math.exp(score - most);
            e[out]! += weight;
            const values = (keys[index] ?? 0) + kvHeads * headDim;
            for (let d = 0; d < headDim; d++) ma[out * headDim + d]! += weight * (this.#kv[values + d] ?? 0);
          });
        }
    return { m, e, ma };
  }
}
