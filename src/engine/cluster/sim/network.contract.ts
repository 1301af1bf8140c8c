import type { InstanceId, Intro, Message } from '../managers/messages.ts';
import type { Random } from './random.contract.ts';
import type { Timeline } from './timeline.contract.ts';

/** Who hears from the network. */
export interface Station {
  readonly instance: InstanceId;
  up: boolean;
  /** Until then it stands still: what arrives waits. */
  pausedUntilMs: number;
  intro(): Intro;
  connected(intro: Intro): void;
  disconnected(instance: InstanceId): void;
  receive(from: InstanceId, message: Message): void;
}

interface Link {
  readonly ends: readonly [Station, Station];
  readonly arrivesMs: Map<Station, number>;
  /** Ends that know of the link. */
  readonly known: Set<Station>;
  open: boolean;
}

/**
 * Links keep the order of what is sent, with random delays; a link that breaks loses what is under way. Now and then a
 * message arrives a second time much later, as one would that was sent again, in no order.
 */
export class Network {
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #links = new Map<string, Link>();
  readonly #walls = new Set<string>();
  readonly #repeated: number;

  /** @param repeated share of messages that arrive twice */
  constructor(timeline: Timeline, random: Random, repeated: number) {
    this.#timeline = timeline;
    this.#random = random;
    this.#repeated = repeated;
  }

  /** Both ends learn of it, one after the other. */
  link(a: Station, b: Station): void {
    const key = pair(a.instance, b.instance);
    if (this.#links.has(key) || !this.reaches(a, b)) return;
    const link: Link = { ends: [a, b], arrivesMs: new Map(), known: new Set(), open: true };
    this.#links.set(key, link);
    for (const [end, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const intro = other.intro();
      this.#deliver(link, end, () => {
        link.known.add(end);
        end.connected(intro);
      });
    }
  }

  linked(a: InstanceId, b: InstanceId): boolean {
    return this.#links.has(pair(a, b));
  }

  reaches(a: Station, b: Station): boolean {
    return a.up && b.up && !this.#walls.has(pair(a.instance, b.instance));
  }

  send(from: Station, to: InstanceId, message: Message): void {
    const link = this.#links.get(pair(from.instance, to));
    const other = link?.ends.find((end) => end.instance === to);
    if (!link || !other) return;
    this.#deliver(link, other, () => other.receive(from.instance, message));
    if (this.#random.chance(this.#repeated))
      this.#timeline.after(this.#random.delayMs(150), () => {
        if (other.up && this.linked(from.instance, to)) other.receive(from.instance, message);
      });
  }

  cut(a: InstanceId, b: InstanceId): void {
    const key = pair(a, b);
    const link = this.#links.get(key);
    if (!link) return;
    link.open = false;
    this.#links.delete(key);
    const [left, right] = link.ends;
    if (link.known.has(left)) this.#notice(left, right);
    if (link.known.has(right)) this.#notice(right, left);
  }

  cutAll(instance: InstanceId): void {
    for (const { ends } of this.#links.values())
      if (ends.some((end) => end.instance === instance)) this.cut(ends[0].instance, ends[1].instance);
  }

  /** Nothing passes between the two, and nothing can be built up. Their link breaks, or just hangs. */
  wall(a: InstanceId, b: InstanceId): void {
    this.#walls.add(pair(a, b));
    if (this.#random.chance(0.5)) this.cut(a, b);
  }

  heal(): void {
    for (const key of this.#walls) {
      const link = this.#links.get(key);
      if (link) this.cut(link.ends[0].instance, link.ends[1].instance);
    }
    this.#walls.clear();
  }

  #notice(station: Station, other: Station): void {
    this.#timeline.after(this.#random.delayMs(5), () =>
      this.#awake(station, () => {
        if (station.up) station.disconnected(other.instance);
      }),
    );
  }

  #deliver(link: Link, to: Station, run: () => void): void {
    const now = this.#timeline.nowMs;
    const arrivesMs = Math.max(now + this.#random.delayMs(5), link.arrivesMs.get(to) ?? 0);
    link.arrivesMs.set(to, arrivesMs);
    this.#timeline.after(arrivesMs - now, () =>
      this.#awake(to, () => {
        const [a, b] = link.ends;
        if (link.open && to.up && !this.#walls.has(pair(a.instance, b.instance))) run();
      }),
    );
  }

  #awake(station: Station, run: () => void): void {
    const pauseMs = station.pausedUntilMs - this.#timeline.nowMs;
    if (pauseMs > 0) this.#timeline.after(pauseMs, () => this.#awake(station, run));
    else run();
  }
}

function pair(a: InstanceId, b: InstanceId): string {
  return a < b ? `${a}|${b}` : `${b}|${a}`;
}
