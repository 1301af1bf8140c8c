import type { Partials, ShardStep } from '../../../ports.ts';
import { FrameSpace } from '../frame-space.ts';
import { FRAME, HEADER_BYTES, paddedBytes } from '../layout.ts';
import type { Peer } from '../peer.ts';
import { malformed, WireError } from '../wire-error.ts';
import type { Counters } from './counters.ts';
import type { Leases } from './leases.ts';
import { assertPrefix, blockFrame, floatsIn, partialsFrame, PREFIX_BYTES, prefixFrame } from './messages.ts';
import type { SharedShard, StepTurn } from './shared-shard.ts';
import { StepDecoder } from './step-decoder.ts';

/** One remote runner's work on a shard. Its frames are done one after the other. */
export class ShardSession {
  readonly #peer: Peer;
  readonly #shared: SharedShard;
  readonly #turn: StepTurn;
  readonly #leases: Leases;
  readonly #counters: Counters;
  readonly #steps = new StepDecoder();
  readonly #space = new FrameSpace();
  #number = -1;
  #step: ShardStep | null = null;
  /** Of the leases, when the step's blocks were looked up last. */
  #version = -1;

  constructor(peer: Peer, shared: SharedShard, leases: Leases, counters: Counters) {
    this.#peer = peer;
    this.#shared = shared;
    this.#turn = shared.newTurn();
    this.#leases = leases;
    this.#counters = counters;
    peer.reusePayloads();
  }

  async close(): Promise<void> {
    await this.#turn.close();
  }

  /** @throws WireError what closes this peer; the promise may reject with it, too */
  take(type: number, payload: Buffer): void | Promise<void> {
    if (this.#peer.closed) return undefined;
    this.#counters.add('bytesReceived', HEADER_BYTES + paddedBytes(payload.length));
    if (type === FRAME.BEGIN) return this.#begin(payload);
    assertPrefix(payload);
    const first = payload.readUInt32LE(0);
    const second = payload.readUInt32LE(4);
    switch (type) {
      case FRAME.ATTEND:
        return this.#attend(first, second, payload);
      case FRAME.APPEND:
        return this.#append(first, second, payload);
      case FRAME.END:
        return this.#end(first);
      case FRAME.READ:
        return this.#read(first, second);
      case FRAME.WRITE:
        return this.#write(first, second, payload);
      default:
        throw malformed(`no data frame of type ${type}`);
    }
  }

  #begin(payload: Buffer): void | Promise<void> {
    const { number, step } = this.#steps.decode(payload);
    this.#number = number;
    this.#step = step;
    this.#version = -1;
    this.#assertStepLeased(step);
    this.#counters.add('steps', 1);
    // Not begun again just to be replaced.
    this.#turn.step = null;
    return after(this.#turn.enter(), () => this.#turn.begin(step));
  }

  #attend(number: number, layer: number, payload: Buffer): void | Promise<void> {
    const step = this.#stepOf(number, layer);
    const { heads, headDim } = this.#shared.shard.kv;
    const q = floatsIn(payload, step.rows * heads * headDim);
    this.#counters.add('attends', 1);
    return after(this.#turn.enter(), () => {
      this.#assertStepLeased(step);
      const partials = this.#turn.attend(layer, q).ready();
      const answer = (it: Partials): void => this.#answer(partialsFrame(number, layer, it, this.#space));
      return partials instanceof Promise ? partials.then(answer) : answer(partials);
    });
  }

  #append(number: number, layer: number, payload: Buffer): void | Promise<void> {
    const step = this.#stepOf(number, layer);
    const { kvHeads, headDim } = this.#shared.shard.kv;
    const each = step.writes.blocks.length * kvHeads * headDim;
    const both = floatsIn(payload, 2 * each);
    return after(this.#turn.enter(), () => {
      this.#assertStepLeased(step);
      this.#shared.shard.append(layer, both.subarray(0, each), both.subarray(each));
    });
  }

  #end(number: number): void | Promise<void> {
    this.#stepOf(number, 0);
    return after(this.#turn.enter(), () =>
      after(this.#turn.end().ready(), () => {
        this.#number = -1;
        this.#answer(prefixFrame(FRAME.ENDED, number, 0));
      }),
    );
  }

  async #read(request: number, block: number): Promise<void> {
    this.#assertLeased([block]);
    const bytes = await this.#shared.shard.readBlock(block);
    this.#answer(blockFrame(FRAME.BLOCK, request, block, bytes));
  }

  async #write(request: number, block: number, payload: Buffer): Promise<void> {
    this.#assertLeased([block]);
    await this.#shared.shard.writeBlock(block, payload.subarray(PREFIX_BYTES));
    this.#answer(prefixFrame(FRAME.WRITTEN, request, block));
  }

  #answer(frame: Buffer): void {
    this.#counters.add('bytesSent', frame.length);
    this.#peer.sendFrame(frame);
    if (this.#peer.bytesQueued === 0) this.#space.release();
  }

  #stepOf(number: number, layer: number): ShardStep {
    if (number !== this.#number || !this.#step)
      throw malformed(`step ${number} is not the one that was begun`);
    if (layer >= this.#shared.shard.kv.layers) throw malformed(`no layer ${layer}`);
    return this.#step;
  }

  /** Looks again when leases have changed: a borrower that was given up in the midst of a step must touch nothing more. */
  #assertStepLeased(step: ShardStep): void {
    const { version } = this.#leases;
    if (version === this.#version) return;
    for (const job of step.jobs) this.#assertLeased(job.blocks);
    this.#assertLeased(step.writes.blocks);
    this.#version = version;
  }

  #assertLeased(blocks: ArrayLike<number>): void {
    const { instance } = this.#peer.hello;
    for (let at = 0; at < blocks.length; at++) {
      const block = blocks[at] ?? -1;
      if (!this.#leases.mayUse(instance, block))
        throw new WireError(
          'refused',
          `block ${block} of ${this.#shared.shard.id} is not leased to ${instance}`,
        );
    }
  }
}

/** At once where there is nothing to wait for: most shards promise nothing. */
function after(before: void | Promise<void>, work: () => void | Promise<void>): void | Promise<void> {
  return before ? before.then(work) : work();
}
