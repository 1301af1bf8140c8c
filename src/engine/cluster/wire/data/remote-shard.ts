import type { AttentionShard, KvShape, Partials, Pending, ShardId, ShardStep } from '../../../ports.ts';
import { checkBlock, checkLayer, checkQueries, checkRows, checkStep } from '../../../attention/step.ts';
import { kvLayout } from '../../../kv/layout.ts';
import { ShardLostError } from '../../../ports.ts';
import { Deadline } from '../deadline.ts';
import { FrameSpace } from '../frame-space.ts';
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

const NO_STEP: ShardStep = {
  rows: 0,
  jobs: [],
  writes: { blocks: new Int32Array(0), slots: new Int32Array(0) },
};

/** More than this is not held back. */
const HELD_BYTES = 16 * 1024;

/**
 * A shard of another process. Answers come in the order of the questions. What nobody waits for goes out with what somebody
 * does wait for: a layer costs one message each way, and a step nothing beyond its layers.
 */
export class RemoteShard implements AttentionShard {
  readonly id: ShardId;
  readonly kv: KvShape;
  /** Blocks 0 to `blocks` − 1 are there; Infinity: it does not say. */
  readonly blocks: number;
  readonly #peer: Peer;
  readonly #deadline: Deadline;
  readonly #encoder = new StepEncoder();
  readonly #space = new FrameSpace();
  readonly #waiting: Reply<unknown>[] = [];
  readonly #awaited = (): void => this.#deadline.arm();
  readonly #lostListeners: ((error: ShardLostError) => void)[] = [];
  #lost: ShardLostError | null = null;
  #number = 0;
  #request = 0;
  #step: ShardStep = NO_STEP;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** The answer to the step's END, once that was sent. */
  #ended: Reply<void> | null = null;

  /** @param timeoutMs within which an answer must come, once somebody waits for it */
  constructor(id: ShardId, kv: KvShape, peer: Peer, timeoutMs: number) {
    this.id = id;
    this.kv = kv;
    this.blocks = peer.hello.blocks ?? Infinity;
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
    checkStep(step, this.blocks);
    for (const reply of this.#waiting)
      if (reply.type === FRAME.PARTIALS || reply.type === FRAME.ENDED)
        reply.fail(new Error(`step ${reply.first} of shard ${this.id} was given up for another`));
    this.#number = (this.#number + 1) >>> 0;
    this.#step = step;
    this.#ended = null;
    this.#hold(this.#encoder.encode(this.#number, step));
  }

  attend(layer: number, q: Float32Array): Pending<Partials> {
    this.#assertThere();
    checkLayer(layer, this.kv);
    checkQueries(q, this.#step, this.kv);
    const { rows } = this.#step;
    const frame = attendFrame(this.#number, layer, q, this.#space);
    const reply = this.#expect(FRAME.PARTIALS, this.#number, layer, (payload) =>
      partialsIn(payload, rows, this.kv),
    );
    if (this.#isLast(layer) && this.#step.writes.blocks.length === 0) this.#sendEnd(frame);
    else this.#send(frame);
    if (this.#peer.bytesQueued === 0) this.#space.release();
    return reply;
  }

  append(layer: number, k: Float32Array, v: Float32Array): void {
    this.#assertThere();
    checkLayer(layer, this.kv);
    checkRows(k, v, this.#step, this.kv);
    const frame = appendFrame(this.#number, layer, k, v);
    if (this.#isLast(layer)) this.#sendEnd(frame);
    else this.#hold(frame);
  }

  /** Sent already with the last layer, unless the step is broken off before it. */
  end(): Pending<void> {
    this.#assertThere();
    return this.#ended ?? this.#sendEnd();
  }

  async readBlock(block: number): Promise<Uint8Array> {
    this.#assertThere();
    checkBlock(block, this.blocks);
    const request = this.#nextRequest();
    this.#send(prefixFrame(FRAME.READ, request, block));
    return this.#expect(FRAME.BLOCK, request, block, (payload) => payload.subarray(PREFIX_BYTES)).ready();
  }

  async writeBlock(block: number, bytes: Uint8Array): Promise<void> {
    this.#assertThere();
    checkBlock(block, this.blocks);
    const { blockBytes } = kvLayout(this.kv);
    if (bytes.length !== blockBytes)
      throw new RangeError(`${bytes.length} bytes are no KV block: one has ${blockBytes}`);
    const request = this.#nextRequest();
    this.#send(blockFrame(FRAME.WRITE, request, block, bytes));
    return this.#expect(FRAME.WRITTEN, request, block, () => undefined).ready();
  }

  close(): Promise<void> {
    this.#peer.close('closed', 'the runner does not need it any more');
    return Promise.resolve();
  }

  #isLast(layer: number): boolean {
    return layer === this.kv.layers - 1;
  }

  #sendEnd(...before: Buffer[]): Reply<void> {
    const ended = this.#expect(FRAME.ENDED, this.#number, 0, (): void => undefined);
    this.#ended = ended;
    this.#send(...before, prefixFrame(FRAME.END, this.#number, 0));
    return ended;
  }

  #hold(frame: Buffer): void {
    this.#held.push(frame);
    this.#heldBytes += frame.length;
    if (this.#heldBytes > HELD_BYTES) this.#send();
  }

  /** After what was held back. */
  #send(...frames: Buffer[]): void {
    this.#peer.sendFrames([...this.#held, ...frames]);
    this.#held = [];
    this.#heldBytes = 0;
  }

  #expect<T>(type: number, first: number, second: number, read: (payload: Buffer) => T): Reply<T> {
    const reply = new Reply(type, first, second, read, this.#awaited);
    if (this.#lost) reply.fail(this.#lost);
    else this.#waiting.push(reply as Reply<unknown>);
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
