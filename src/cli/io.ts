/** What a command sees of the world, so that tests can show it another. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether `out` may hold colours. */
  readonly color: boolean;
  /** Whether people read `err`. */
  readonly interactive: boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
}

/** Colours are for terminals; NO_COLOR (no-color.org) turns them off and FORCE_COLOR on. */
export function wantsColor(stream: { readonly isTTY?: boolean }, env: Io['env']): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return true;
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}
