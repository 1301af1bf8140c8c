import type { Call } from '../../core/call.ts';
import type { Prompt } from '../../core/content.ts';
import { CallError } from '../../core/errors.ts';
import type { Handler } from '../../core/ports.ts';
import { answerTogether, type TogetherDeps } from './answer-together.ts';
import type { Member, Share } from './member.ts';

/**
 * Calls that wait for each other, up to a number or a time, and are then answered together. A client that leaves before
 * that takes its call along. Later its share is waited for all the same, since it is booked on it; only when all have
 * left is the common question given up.
 */
export class Gathering {
  readonly #deps: TogetherDeps;
  readonly #next: Handler;
  readonly #prompt: Prompt;
  readonly #onClose: () => void;
  readonly #members: Member[] = [];
  readonly #closing = new AbortController();
  readonly #abort = new AbortController();
  #left = 0;

  /** @param onClose told when it takes no more calls */
  constructor(deps: TogetherDeps, next: Handler, prompt: Prompt, waitMs: number, onClose: () => void) {
    this.#deps = deps;
    this.#next = next;
    this.#prompt = prompt;
    this.#onClose = onClose;
    deps.clock.sleep(waitMs, this.#closing.signal).then(
      () => this.#close(),
      () => undefined,
    );
  }

  /** @throws CallError `client_aborted` when the client leaves before anything is asked */
  join(call: Call, text: string): Promise<Share> {
    const { promise, resolve, reject } = pending<Share>();
    const member = { call, text, settle: resolve };
    const leave = (): void => {
      if (!this.#closing.signal.aborted) {
        this.#members.splice(this.#members.indexOf(member), 1);
        reject(new CallError('client_aborted', 'The client left before its question was asked.'));
        return;
      }
      this.#left += 1;
      if (this.#left === this.#members.length) this.#abort.abort();
    };
    this.#members.push(member);
    call.signal.addEventListener('abort', leave, { once: true });
    if (this.#members.length >= call.plan.together.maxItems) this.#close();
    const forget = (): void => call.signal.removeEventListener('abort', leave);
    promise.then(forget, forget);
    return promise;
  }

  #close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#onClose();
    const [first, ...others] = this.#members;
    if (!first) return;
    if (others.length === 0) {
      first.settle(null);
      return;
    }
    answerTogether(this.#deps, this.#next, this.#prompt, [first, ...others], this.#abort.signal).catch(
      (error: unknown) => {
        this.#deps.log.error('calls could not be answered together; each asks by itself', { error });
        for (const { settle } of this.#members) settle(null);
      },
    );
  }
}

function pending<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
