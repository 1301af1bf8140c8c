import { WireError, type WireErrorCode } from '../wire/index.ts';
import { messageOf } from '../../../core/message-of.ts';
import type { ControlAddress } from './messages.ts';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** Trying again soon does not help these. */
const LASTING: ReadonlySet<WireErrorCode> = new Set(['mismatch', 'secret', 'version']);
const LASTING_PAUSE_MS = 30_000;

interface Target {
  state: 'idle' | 'dialling' | 'open';
  failures: number;
  nextMs: number;
}

/** What the dialler needs of a connection. */
export interface Dialled {
  onClose(listener: () => void): void;
}

/** Keeps trying to reach addresses, with growing pauses; one attempt at a time for each. */
export class Dialer {
  readonly #dial: (address: ControlAddress) => Promise<Dialled>;
  readonly #now: () => number;
  readonly #onProblem: (problem: string) => void;
  readonly #targets = new Map<string, Target>();

  constructor(
    dial: (address: ControlAddress) => Promise<Dialled>,
    now: () => number,
    onProblem: (problem: string) => void,
  ) {
    this.#dial = dial;
    this.#now = now;
    this.#onProblem = onProblem;
  }

  /** Starts an attempt for each that is due. Addresses that are not named any more are forgotten. */
  keep(addresses: readonly ControlAddress[]): void {
    const named = new Set(addresses.map(keyOf));
    for (const [key, { state }] of this.#targets)
      if (!named.has(key) && state === 'idle') this.#targets.delete(key);
    for (const address of addresses) {
      const target = this.#target(address);
      if (target.state === 'idle' && this.#now() >= target.nextMs) this.attempt(address).catch(() => {});
    }
  }

  /** @throws WireError why it did not work; it is tried again all the same, as long as `keep` names it */
  async attempt(address: ControlAddress): Promise<void> {
    const target = this.#target(address);
    target.state = 'dialling';
    try {
      const peer = await this.#dial(address);
      target.state = 'open';
      target.failures = 0;
      peer.onClose(() => {
        target.state = 'idle';
        target.nextMs = this.#now() + FIRST_PAUSE_MS;
      });
    } catch (error) {
      target.state = 'idle';
      target.failures += 1;
      const pause = isLasting(error)
        ? LASTING_PAUSE_MS
        : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** target.failures);
      target.nextMs = this.#now() + pause;
      const why = messageOf(error);
      if (target.failures === 1) this.#onProblem(`${address.host}:${address.port} cannot be joined: ${why}`);
      throw error;
    }
  }

  #target(address: ControlAddress): Target {
    const key = keyOf(address);
    const target = this.#targets.get(key) ?? { state: 'idle', failures: 0, nextMs: 0 };
    this.#targets.set(key, target);
    return target;
  }
}

/** Whether the two can never work together as they are. */
export function isLasting(error: unknown): boolean {
  return error instanceof WireError && LASTING.has(error.code);
}

function keyOf({ host, port }: ControlAddress): string {
  return `${host} ${port}`;
}
