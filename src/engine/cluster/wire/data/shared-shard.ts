import type { AttentionShard, Partials, Pending, ShardStep } from '../../../ports.ts';

/** Clients that are told the number of blocks refuse others themselves. */
export interface CountedShard extends AttentionShard {
  readonly blocks?: number;
}

/**
 * Lets several users of one shard have a step each. The shard itself knows one step at a time: when another user's turn
 * comes, the step of the one before is ended, and begun again when it goes on. That is allowed because a step's
 * attention sees what was there before it, and appending the same tokens again leaves the same KV.
 */
export class SharedShard {
  readonly shard: CountedShard;
  #current: StepTurn | null = null;

  constructor(shard: CountedShard) {
    this.shard = shard;
  }

  newTurn(): StepTurn {
    return new StepTurn(this);
  }

  /** For a user in this thread, such as the runner; the shard must work without promises. */
  view(): AttentionShard {
    const turn = this.newTurn();
    const { shard } = this;
    const own = new OwnPartials();
    const enter = (): void => {
      if (turn.enter()) throw new Error(`shard ${shard.id} is shared, but answers with promises`);
    };
    return {
      id: shard.id,
      kv: shard.kv,
      begin: (step) => {
        turn.step = null;
        enter();
        turn.begin(step);
      },
      attend: (layer, q) => {
        enter();
        const pending = turn.attend(layer, q);
        return { ready: () => own.copy(pending.ready()) };
      },
      append: (layer, k, v) => {
        enter();
        shard.append(layer, k, v);
      },
      end: () => {
        enter();
        return turn.end();
      },
      readBlock: (block) => shard.readBlock(block),
      writeBlock: (block, bytes) => shard.writeBlock(block, bytes),
      close: () => shard.close(),
    };
  }

  /** @internal */
  switchTo(turn: StepTurn): void | Promise<void> {
    const before = this.#current;
    if (before === turn) return undefined;
    const left = before?.leave();
    if (left) return left.then(() => this.#enter(turn));
    this.#enter(turn);
    return undefined;
  }

  /** @internal Whether the shard was this one's; it is nobody's now. */
  giveUp(turn: StepTurn): boolean {
    if (this.#current !== turn) return false;
    this.#current = null;
    return true;
  }

  #enter(turn: StepTurn): void {
    this.#current = turn;
    if (turn.step) this.shard.begin(turn.step);
  }
}

/** One user's step. Between `enter` and what follows, nothing else may happen on the shard. */
export class StepTurn {
  step: ShardStep | null = null;
  readonly #shared: SharedShard;
  #outstanding: HeldPartials | null = null;

  constructor(shared: SharedShard) {
    this.#shared = shared;
  }

  /** Makes the shard this user's. A promise when what the one before had started must be waited for. */
  enter(): void | Promise<void> {
    return this.#shared.switchTo(this);
  }

  begin(step: ShardStep): void {
    this.step = step;
    this.#shared.shard.begin(step);
  }

  attend(layer: number, q: Float32Array): Pending<Partials> {
    this.#outstanding = new HeldPartials(this.#shared.shard.attend(layer, q));
    return this.#outstanding;
  }

  end(): Pending<void> {
    this.step = null;
    return this.#shared.shard.end();
  }

  /** The user is gone. */
  close(): void | Promise<void> {
    const wasBegun = this.step !== null && this.#shared.giveUp(this);
    this.step = null;
    return wasBegun ? this.#shared.shard.end().ready() : undefined;
  }

  /** @internal Finishes what was started, so that the shard can have another's step. */
  leave(): void | Promise<void> {
    const held = this.#outstanding?.hold();
    this.#outstanding = null;
    const end = (): void | Promise<void> => (this.step ? this.#shared.shard.end().ready() : undefined);
    return held ? held.then(end) : end();
  }
}

/** Arrays of one user: the shard's own may be written by another's step before this user has read them. */
class OwnPartials {
  #arrays: Partials = { m: new Float32Array(0), e: new Float32Array(0), ma: new Float32Array(0) };

  copy(from: Partials | Promise<Partials>): Partials {
    if (from instanceof Promise) throw new Error('a shared shard answers with promises');
    if (this.#arrays.ma.length !== from.ma.length)
      this.#arrays = { m: from.m.slice(), e: from.e.slice(), ma: from.ma.slice() };
    else {
      this.#arrays.m.set(from.m);
      this.#arrays.e.set(from.e);
      this.#arrays.ma.set(from.ma);
    }
    return this.#arrays;
  }
}

/** Partials that are computed at the latest when another step takes the shard, and then kept. */
class HeldPartials implements Pending<Partials> {
  readonly #pending: Pending<Partials>;
  #taken = false;
  #held: Partials | null = null;

  constructor(pending: Pending<Partials>) {
    this.#pending = pending;
  }

  ready(): Partials | Promise<Partials> {
    if (this.#held) return this.#held;
    this.#taken = true;
    return this.#pending.ready();
  }

  hold(): void | Promise<void> {
    if (this.#taken) return undefined;
    const partials = this.#pending.ready();
    if (partials instanceof Promise) return partials.then((it) => this.#keep(it));
    this.#keep(partials);
    return undefined;
  }

  /** A copy: the shard may use its arrays again. */
  #keep({ m, e, ma }: Partials): void {
    this.#held = { m: m.slice(), e: e.slice(), ma: ma.slice() };
  }
}
