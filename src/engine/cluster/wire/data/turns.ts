import type { Peer } from '../peer.ts';
import { asWireError } from '../wire-error.ts';

interface Waiting {
  readonly peer: Peer;
  readonly work: () => void | Promise<void>;
}

/**
 * One piece of work at a time, over all peers. What can be done at once is done at once; while a promise is waited for,
 * every other peer has at most one piece waiting and is not read any further.
 */
export class Turns {
  #busy = false;
  readonly #waiting: Waiting[] = [];

  /** What the work throws is the caller's; what it promises in vain closes the peer. */
  take(peer: Peer, work: () => void | Promise<void>): void {
    if (this.#busy) {
      peer.pause();
      this.#waiting.push({ peer, work });
      return;
    }
    const promise = work();
    if (promise) {
      peer.pause();
      this.#busy = true;
      void this.#goOn(peer, promise);
    }
  }

  async #goOn(first: Peer, started: Promise<void>): Promise<void> {
    const done = [first];
    await settle(first, () => started);
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      done.push(next.peer);
      await settle(next.peer, next.work);
    }
    this.#busy = false;
    for (const peer of done) peer.resume();
  }
}

async function settle(peer: Peer, work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { code, message } = asWireError(error);
    peer.close(code, message);
  }
}
