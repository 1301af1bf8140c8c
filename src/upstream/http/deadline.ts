/** Something that must go on before a deadline. */
export interface Watched {
  /** The tick at which it is late; see `ticksFromNow`. */
  dueTick: number;
  /** Where it stands among the watched; kept here. -1 while it is not. */
  place: number;
  late(): void;
}

/** Deadlines are kept to this many milliseconds. */
const TICK_MS = 50;

/**
 * One timer for the deadlines of all exchanges: setting one is an assignment, so that every chunk of every stream can.
 * Ticks are counted, not measured: while the event loop is blocked nobody gets late.
 *
 * An array, as a Set that many go through makes itself anew all the time, and each old one keeps the next from the young
 * generation's collector, with all that is in it: every call then lived until the next full collection.
 */
const watched: Watched[] = [];
let ticks = 0;
let timer: NodeJS.Timeout | null = null;

/** The value of `dueTick` for a deadline in `ms` milliseconds. */
export function ticksFromNow(ms: number): number {
  return ticks + Math.ceil(ms / TICK_MS) + 1;
}

export function watch(it: Watched): void {
  it.place = watched.push(it) - 1;
  timer ??= setInterval(tick, TICK_MS).unref();
}

export function unwatch(it: Watched): void {
  const { place } = it;
  if (place < 0) return;
  it.place = -1;
  const last = watched.pop();
  if (!last || last === it) return;
  watched[place] = last;
  last.place = place;
}

function tick(): void {
  ticks += 1;
  // From the end: what ends a watch moves the last one, seen already, to its place.
  for (let place = watched.length - 1; place >= 0; place -= 1) {
    const it = watched[place];
    if (it && it.dueTick <= ticks) it.late();
  }
  if (watched.length > 0 || !timer) return;
  clearInterval(timer);
  timer = null;
}
