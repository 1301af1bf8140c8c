/** What a formatter left out, each thing once however often it occurs. */
export interface Warnings {
  /** @param message `field: why it was left out` */
  add(message: string): void;
  all(): readonly string[];
}

export function collectWarnings(first: Iterable<string> = []): Warnings {
  const messages = new Set(first);
  return {
    add: (message) => void messages.add(message),
    all: () => [...messages],
  };
}
