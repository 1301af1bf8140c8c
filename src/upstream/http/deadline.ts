/** Something that must go on before a deadline. */
export interface Watched {
  /** The tick at which it is late; see `ticksFromNow`. */
  dueTick: number;
  late(): void;
}

/** Deadlines are kept to this many milliseconds. */
const TICK_MS = 50;

/**
 * One timer for the deadlines of all exchanges: setting one is an assignment, so that every chunk of every stream can.
 * Ticks are counted, not measured: while the event loop is blocked nobody gets late.
 */
const watched = new Set<Watched>();
let ticks = 0;
let timer: NodeJS.Timeout | null = null;

/** The value of `dueTick` for a deadline in `ms` milliseconds. */
export function ticksFromNow(ms: number): number {
  return ticks + Math.ceil(ms / TICK_MS) + 1;
}

export function watch(it: Watched): void {
  watched.add(it);
  timer ??= setInterval(tick, TICK_MS).unref();
}

export function unwatch(it: Watched): void {
  watched.delete(it);
}

function tick(): void {
  ticks += 1;
  for (const it of watched) if (it.dueTick <= ticks) it.late();
  if (watched.size > 0 || !timer) return;
  clearInterval(timer);
  timer = null;
}
