import { isMainThread, type Worker } from 'node:worker_threads';
import { kvLayout } from '../kv/layout.ts';
import {
  type AttentionShard,
  type KvShape,
  type Partials,
  type Pending,
  type ShardId,
  ShardLostError,
  type ShardStep,
} from '../ports.ts';
import { checkBlock, checkLayer, checkQueries, checkRows, checkStep } from './step.ts';
import {
  COMMITTED_PAGES,
  DONE,
  fail,
  failure,
  makeRoom,
  OPERATION,
  POSTED,
  putStep,
  RING_SIZE,
  ringAt,
  type ThreadChannel,
} from './thread-channel.ts';

export interface ThreadShardOptions {
  readonly id: ShardId;
  readonly kv: KvShape;
  readonly blocks: number;
  readonly channel: ThreadChannel;
  readonly timeoutMs: number;
  readonly worker: Worker;
}

const NO_STEP: ShardStep = {
  rows: 0,
  jobs: [],
  writes: { blocks: new Int32Array(), slots: new Int32Array() },
};
const PAGE_BYTES = 65_536;

/** The user's end of a shard's thread. Commands are done in the order in which they were posted. */
export class ThreadShard implements AttentionShard {
  readonly id: ShardId;
  readonly kv: KvShape;
  /** Blocks 0 to `blocks` − 1 can be used. */
  readonly blocks: number;
  readonly #channel: ThreadChannel;
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #timeoutMs: number;
  readonly #worker: Worker;
  readonly #lastUse = new Map<SharedArrayBuffer, number>();
  #step = NO_STEP;
  /** Blocks are read and written one after the other. */
  #blockUse: Promise<unknown> = Promise.resolve();

  constructor({ id, kv, blocks, channel, timeoutMs, worker }: ThreadShardOptions) {
    this.id = id;
    this.kv = kv;
    this.blocks = blocks;
    this.#channel = channel;
    this.#control = new Int32Array(channel.control);
    this.#timeoutMs = timeoutMs;
    this.#worker = worker;
  }

  begin(step: ShardStep): void {
    this.#check();
    checkStep(step, this.blocks);
    this.#reuse(this.#channel.step);
    putStep(this.#channel.step, step);
    this.#post(this.#channel.step, OPERATION.begin);
    this.#step = step;
  }

  attend(layer: number, q: Float32Array): Pending<Partials> {
    this.#check();
    checkLayer(layer, this.kv);
    checkQueries(q, this.#step, this.kv);
    const { queries } = this.#channel;
    this.#reuse(queries);
    makeRoom(queries, q.byteLength);
    new Float32Array(queries, 0, q.length).set(q);
    const command = this.#post(queries, OPERATION.attend, layer, q.length);
    const pairs = this.#step.rows * this.kv.heads;
    return { ready: () => this.#when(command, () => this.#partials(pairs)) };
  }

  append(layer: number, k: Float32Array, v: Float32Array): void {
    this.#check();
    checkLayer(layer, this.kv);
    checkRows(k, v, this.#step, this.kv);
    const { rows } = this.#channel;
    this.#reuse(rows);
    makeRoom(rows, k.byteLength + v.byteLength);
    const into = new Float32Array(rows, 0, k.length + v.length);
    into.set(k);
    into.set(v, k.length);
    this.#post(rows, OPERATION.append, layer, k.length);
  }

  end(): Pending<void> {
    this.#check();
    this.#step = NO_STEP;
    const last = Atomics.load(this.#control, POSTED);
    return { ready: () => this.#when(last, () => undefined) };
  }

  readBlock(block: number): Promise<Uint8Array> {
    return this.#alone(block, async () => {
      const command = this.#post(this.#channel.block, OPERATION.read, block);
      await this.#finished(command);
      return new Uint8Array(this.#channel.block, 0, kvLayout(this.kv).blockBytes).slice();
    });
  }

  writeBlock(block: number, bytes: Uint8Array): Promise<void> {
    return this.#alone(block, async () => {
      const { blockBytes } = kvLayout(this.kv);
      if (bytes.byteLength !== blockBytes)
        throw new RangeError(`${bytes.byteLength} bytes are no KV block: one has ${blockBytes}`);
      makeRoom(this.#channel.block, blockBytes);
      new Uint8Array(this.#channel.block).set(bytes);
      await this.#finished(this.#post(this.#channel.block, OPERATION.write, block, blockBytes));
    });
  }

  /** Bytes of blocks that are committed so far. */
  committedBytes(): number {
    return Atomics.load(this.#control, COMMITTED_PAGES) * PAGE_BYTES;
  }

  async close(): Promise<void> {
    if (failure(this.#channel) === null) fail(this.#channel, 'it was closed');
    await this.#worker.terminate();
  }

  #alone<T>(block: number, work: () => Promise<T>): Promise<T> {
    const turn = this.#blockUse.then(() => {
      this.#check();
      checkBlock(block, this.blocks);
      return work();
    });
    this.#blockUse = turn.catch(() => undefined);
    return turn;
  }

  #partials(pairs: number): Partials {
    const { headDim } = this.kv;
    const all = new Float32Array(this.#channel.partials, 0, pairs * (2 + headDim));
    return { m: all.slice(0, pairs), e: all.slice(pairs, 2 * pairs), ma: all.slice(2 * pairs) };
  }

  /** @returns the number that `DONE` passes when it is done */
  #post(data: SharedArrayBuffer, operation: number, first = 0, count = 0): number {
    const command = Atomics.load(this.#control, POSTED);
    this.#block((command - RING_SIZE + 1) | 0);
    this.#control.set([operation, first, count], ringAt(command));
    const done = (command + 1) | 0;
    Atomics.store(this.#control, POSTED, done);
    Atomics.notify(this.#control, POSTED);
    this.#lastUse.set(data, done);
    return done;
  }

  /** Before its data is overwritten: what used it last must be done, which in a step it almost always is. */
  #reuse(data: SharedArrayBuffer): void {
    const last = this.#lastUse.get(data);
    if (last !== undefined) this.#block(last);
  }

  #when<T>(command: number, then: () => T): T | Promise<T> {
    if (isMainThread) return this.#finished(command).then(then);
    this.#block(command);
    return then();
  }

  #isDone(command: number): boolean {
    this.#check();
    return ((Atomics.load(this.#control, DONE) - command) | 0) >= 0;
  }

  #block(command: number): void {
    const until = performance.now() + this.#timeoutMs;
    while (!this.#isDone(command)) {
      const seen = Atomics.load(this.#control, DONE);
      if (this.#isDone(command)) return;
      Atomics.wait(this.#control, DONE, seen, Math.max(0, until - performance.now()));
      this.#giveUpAt(until);
    }
  }

  async #finished(command: number): Promise<void> {
    const until = performance.now() + this.#timeoutMs;
    while (!this.#isDone(command)) {
      const seen = Atomics.load(this.#control, DONE);
      if (this.#isDone(command)) return;
      const left = Math.max(0, until - performance.now());
      await Atomics.waitAsync(this.#control, DONE, seen, left).value;
      this.#giveUpAt(until);
    }
  }

  #giveUpAt(until: number): void {
    if (performance.now() < until || failure(this.#channel) !== null) return;
    fail(this.#channel, `its thread did not answer in ${this.#timeoutMs} ms`);
    void this.#worker.terminate();
  }

  #check(): void {
    const why = failure(this.#channel);
    if (why !== null) throw new ShardLostError(this.id, why);
  }
}
