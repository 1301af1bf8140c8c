/** Something to wait at: who waits goes on when it opens, or when the time is over. */
export interface Gate {
  open(): void;
  /** Without `ms`, waits until it opens. An opening that nobody waited for lets the next one through. */
  wait(ms?: number): Promise<void>;
}

export function createGate(): Gate {
  let opened = false;
  let release: (() => void) | null = null;

  return {
    open() {
      if (release) release();
      else opened = true;
    },
    wait(ms) {
      if (opened) {
        opened = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const timer = ms === undefined ? undefined : setTimeout(() => release?.(), ms);
        release = () => {
          clearTimeout(timer);
          release = null;
          resolve();
        };
      });
    },
  };
}
