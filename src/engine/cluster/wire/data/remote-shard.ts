import type { AttentionShard, KvShape, Partials, Pending, ShardId, ShardStep } from '../../../ports.ts';
import { ShardLostError } from '../../../ports.ts';
import { Deadline } from '../deadline.ts';
import { FRAME } from '../layout.ts';
import type { Peer } from '../peer.ts';
import { malformed } from '../wire-error.ts';
import {
  appendFrame,
  assertPrefix,
  attendFrame,
  blockFrame,
  partialsIn,
  PREFIX_BYTES,
  prefixFrame,
} from './messages.ts';
import { Reply } from './reply.ts';
import { StepEncoder } from './step-encoder.ts';

/** A shard of another process. Answers come in the order of the questions. */
export class RemoteShard implements AttentionShard {
  readonly id: ShardId;
  readonly kv: KvShape;
  readonly #peer: Peer;
  readonly #deadline: Deadline;
  readonly #encoder = new StepEncoder();
  readonly #waiting: Reply<unknown>[] = [];
  readonly #awaited = (): void => this.#deadline.arm();
  readonly #lostListeners: ((error: ShardLostError) => void)[] = [];
  #lost: ShardLostError | null = null;
  #number = 0;
  #request = 0;
  #rows = 0;
  #writes = 0;

  /** @param timeoutMs within which every answer must come */
  constructor(id: ShardId, kv: KvShape, peer: Peer, timeoutMs: number) {
    this.id = id;
    this.kv = kv;
    this.#peer = peer;
    this.#deadline = new Deadline(
      timeoutMs,
      () => peer.bytesReceived,
      () => peer.close('timeout', `no answer within ${timeoutMs} ms`),
    );
    peer.onClose((why) => this.#lose(why.message));
    peer.onFrame((type, payload) => this.#take(type, payload));
  }

  get bytesSent(): number {
    return this.#peer.bytesSent;
  }

  get bytesReceived(): number {
    return this.#peer.bytesReceived;
  }

  /** Called once; at once when it is lost already. */
  onLost(listener: (error: ShardLostError) => void): void {
    if (this.#lost) listener(this.#lost);
    else this.#lostListeners.push(listener);
  }

  begin(step: ShardStep): void {
    this.#assertThere();
    for (const reply of this.#waiting)
      if (reply.type === FRAME.PARTIALS || reply.type === FRAME.ENDED)
        reply.fail(new Error(`step ${reply.first} of shard ${this.id} was given up for another`));
    this.#number = (this.#number + 1) >>> 0;
    this.#rows = step.rows;
    this.#writes = step.writes.blocks.length;
    this.#peer.sendFrame(this.#encoder.encode(this.#number, step));
  }

  attend(layer: number, q: Float32Array): Pending<Partials> {
    this.#assertThere();
    const { heads, headDim } = this.kv;
    assertLength('q', q, this.#rows * heads * headDim);
    const rows = this.#rows;
    this.#peer.sendFrame(attendFrame(this.#number, layer, q));
    return this.#expect(FRAME.PARTIALS, this.#number, layer, (payload) => partialsIn(payload, rows, this.kv));
  }

  append(layer: number, k: Float32Array, v: Float32Array): void {
    this.#assertThere();
    const each = this.#writes * this.kv.kvHeads * this.kv.headDim;
    assertLength('k', k, each);
    assertLength('v', v, each);
    this.#peer.sendFrame(appendFrame(this.#number, layer, k, v));
  }

  end(): Pending<void> {
    this.#assertThere();
    this.#peer.sendFrame(prefixFrame(FRAME.END, this.#number, 0));
    return this.#expect(FRAME.ENDED, this.#number, 0, () => undefined);
  }

  async readBlock(block: number): Promise<Uint8Array> {
    this.#assertThere();
    const request = this.#nextRequest();
    this.#peer.sendFrame(prefixFrame(FRAME.READ, request, block));
    return this.#expect(FRAME.BLOCK, request, block, (payload) => payload.subarray(PREFIX_BYTES)).ready();
  }

  async writeBlock(block: number, bytes: Uint8Array): Promise<void> {
    this.#assertThere();
    const request = this.#nextRequest();
    this.#peer.sendFrame(blockFrame(FRAME.WRITE, request, block, bytes));
    return this.#expect(FRAME.WRITTEN, request, block, () => undefined).ready();
  }

  close(): Promise<void> {
    this.#peer.close('closed', 'the runner does not need it any more');
    return Promise.resolve();
  }

  #expect<T>(type: number, first: number, second: number, read: (payload: Buffer) => T): Reply<T> {
    const reply = new Reply(type, first, second, read, this.#awaited);
    if (this.#lost) reply.fail(this.#lost);
    else {
      this.#waiting.push(reply as Reply<unknown>);
      this.#deadline.arm();
    }
    return reply;
  }

  #take(type: number, payload: Buffer): void {
    const reply = this.#waiting[0];
    assertPrefix(payload);
    if (
      reply?.type !== type ||
      payload.readUInt32LE(0) !== reply.first ||
      payload.readUInt32LE(4) !== reply.second
    )
      throw malformed('an answer to nothing that was asked');
    reply.arrive(payload);
    this.#waiting.shift();
    if (this.#waiting.length > 0) this.#deadline.arm();
    else this.#deadline.disarm();
  }

  #nextRequest(): number {
    this.#request = (this.#request + 1) >>> 0;
    return this.#request;
  }

  #assertThere(): void {
    if (this.#lost) throw this.#lost;
  }

  #lose(why: string): void {
    const error = new ShardLostError(this.id, why);
    this.#lost = error;
    this.#deadline.stop();
    for (const reply of this.#waiting.splice(0)) reply.fail(error);
    for (const listener of this.#lostListeners) listener(error);
  }
}

function assertLength(what: string, array: Float32Array, length: number): void {
  if (array.length !== length) throw new RangeError(`${what} has ${array.length} values, not ${length}`);
}
