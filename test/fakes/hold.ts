/** An answer that the test lets out piece by piece: first the head, then chunk after chunk. */
export interface Hold {
  /** Resolves when the request has arrived. */
  readonly arrived: Promise<void>;
  /** Lets out that many steps more; the head is the first one. */
  release(steps?: number): void;
  /** Lets out all that is left. */
  releaseAll(): void;
}

/** The fake's side of it. */
export interface HeldAnswer extends Hold {
  arrive(): void;
  /** Resolves when the next step may go out, or at once when the client has left. */
  step(gone: Promise<void>): Promise<void>;
}

export function createHold(): HeldAnswer {
  let free = 0;
  const waiting: (() => void)[] = [];
  let arrive: () => void = () => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const release = (steps: number): void => {
    const woken = waiting.splice(0, steps);
    free += steps - woken.length;
    for (const wake of woken) wake();
  };
  return {
    arrived,
    arrive,
    release: (steps = 1) => release(steps),
    releaseAll: () => release(Infinity),
    async step(gone) {
      if (free > 0) free -= 1;
      else await Promise.race([gone, new Promise<void>((resolve) => waiting.push(resolve))]);
    },
  };
}
