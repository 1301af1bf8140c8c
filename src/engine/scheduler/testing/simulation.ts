import type { BlockRef, GenerateRequest, ShardId } from '../../ports.ts';
import { createEngine, type LocalEngine } from '../engine.ts';
import { createLocalPool, type LocalPool } from '../local-pool.ts';
import { Chance } from './chance.ts';
import { createFakeClock, settled } from './fake-clock.ts';
import { createFakeRunner, type FakeRunner, prefixHash } from './fake-runner.ts';
import {
  expectedTokens,
  fakeSampler,
  fakeStopFilter,
  fakeTokenizer,
  GREEDY,
  randomPrompt,
} from './fake-text.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly requests: number;
  readonly shards: number;
  readonly blocksPerShard: number;
  readonly faults: boolean;
  /** One in so many wishes for memory is granted. */
  readonly stingy: number;
  /** Which hashes of prefixes are the same. */
  readonly collisions: 'none' | 'all' | 'of equal blocks';
}

export interface SimulationResult {
  /** What went wrong, in words. */
  readonly wrong: string[];
  readonly counts: Record<string, number>;
}

/** A random run of an engine, in which everything that may happen does, at any moment that the code allows. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  return new Simulation(options).run();
}

const MOST_ROUNDS = 3000;

const HASHES = {
  none: {},
  all: { hash: () => 42 },
  'of equal blocks': { hash: (_: number, tokens: Int32Array) => tokens.reduce(prefixHash, 0) },
};

class Simulation {
  readonly #options: SimulationOptions;
  readonly #chance: Chance;
  readonly #runner: FakeRunner;
  readonly #pool: LocalPool;
  readonly #engine: LocalEngine;
  readonly #clock = createFakeClock();
  readonly #alive = new Set<ShardId>();
  readonly #lostShards = new Set<ShardId>();
  readonly #taken = new Set<string>();
  readonly #aborts = new Set<AbortController>();
  /** Things that will happen at a later moment. */
  #later: (() => void)[] = [];
  #gates: (() => void)[] = [];
  #shards = 0;
  readonly #wrong: string[] = [];
  readonly #counts: Record<string, number> = {};

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#chance = new Chance(options.seed);
    const names = Array.from({ length: options.shards }, () => this.#newShard());
    this.#runner = createFakeRunner(names);
    this.#pool = this.#watched(createLocalPool(names.map((id) => ({ id, blocks: options.blocksPerShard }))));
    this.#runner.mayWrite = ({ shard, block }) =>
      this.#taken.has(`${shard}#${block}`) || this.#lostShards.has(shard);
    this.#runner.during = async () => {
      this.#happen();
      if (this.#chance.once(2)) await new Promise((resolve) => setImmediate(resolve));
    };
    this.#engine = createEngine({
      runner: this.#runner,
      pool: this.#pool,
      tokenizer: fakeTokenizer,
      modelName: 'fake',
      contextLength: 1000,
      options: {
        clock: this.#clock,
        createSampler: fakeSampler,
        createStopFilter: fakeStopFilter,
        maxSequences: this.#chance.between(1, 6),
        maxTokensPerStep: this.#chance.between(1, 130),
        maxLogitBytes: this.#chance.between(1, 100) * 24 * 4,
        maxBufferedEvents: this.#chance.between(1, 30),
        patienceMs: Number.POSITIVE_INFINITY,
        onSchedule: ({ preempt, slices }) => {
          this.#count('steps', 1);
          this.#count('preempted', preempt.length);
          if (slices.length > 1) this.#count('batched', 1);
        },
        ...HASHES[options.collisions],
      },
    });
  }

  #newShard(): ShardId {
    const id = `s/${this.#shards++}`;
    this.#alive.add(id);
    return id;
  }

  #count(what: string, by: number): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + by;
  }

  /** Keeps account of what is taken. */
  #watched(pool: LocalPool): LocalPool {
    const names = (refs: readonly BlockRef[]) => refs.map(({ shard, block }) => `${shard}#${block}`);
    return {
      ...pool,
      allocate: (count) => {
        const refs = pool.allocate(count);
        for (const name of names(refs ?? [])) this.#taken.add(name);
        return refs;
      },
      free: (refs) => {
        pool.free(refs);
        for (const name of names(refs)) this.#taken.delete(name);
      },
      // What the biggest request needs can always be had, by and by.
      size: () => ({ ...pool.size(), reachable: 100 }),
      want: (count) => {
        this.#count('wanted', count > 0 ? 1 : 0);
        if (count > 0 && this.#chance.once(this.#options.stingy)) this.#later.push(() => this.#grow());
      },
    };
  }

  #grow(): void {
    this.#count('grown', 1);
    this.#pool.add({ id: this.#newShard(), blocks: this.#chance.between(1, this.#options.blocksPerShard) });
  }

  #evict(): void {
    const shard = this.#chance.pick([...this.#alive]);
    const most = this.#chance.between(1, 12);
    this.#count(
      'evicted',
      this.#engine.evictCached(most, (other) => other === shard),
    );
  }

  /** In the middle of a step or a copy. */
  #happen(): void {
    if (this.#later.length > 0 && this.#chance.once(3)) this.#later.shift()?.();
    if (this.#chance.once(80)) this.#chance.pick([...this.#aborts])?.abort(new Error('cancelled'));
    if (this.#chance.once(12)) this.#move();
    if (this.#chance.once(40)) this.#evict();
    if (this.#options.faults && this.#chance.once(25)) this.#kill();
    if (this.#chance.once(50)) this.#release();
    const { tokensHeld, blocks } = this.#engine.status();
    if (tokensHeld > (blocks.total + 100) * 64) this.#wrong.push('holds more tokens than there is room for');
  }

  /** The runner notices first, or the pool does, or both at once; a new shard comes for it. */
  #kill(): void {
    const shard = this.#chance.pick([...this.#alive]);
    if (!shard) return;
    this.#count('killed', 1);
    this.#alive.delete(shard);
    const inPool = () => {
      this.#lostShards.add(shard);
      for (const name of this.#taken) if (name.startsWith(`${shard}#`)) this.#taken.delete(name);
      this.#pool.lose(shard);
    };
    const inRunner = () => this.#runner.kill(shard);
    const [first, second] = this.#chance.once(2) ? [inPool, inRunner] : [inRunner, inPool];
    first();
    if (this.#chance.once(2)) second();
    else this.#later.push(second);
    this.#later.push(() => this.#grow());
  }

  #move(): void {
    const [from] = this.#engine.pick(1, () => this.#chance.once(2));
    const [to] = from ? (this.#pool.allocate(1) ?? []) : [];
    if (!from || !to) return;
    this.#engine.move(from, to).then(
      (moved) => {
        this.#count(moved ? 'moved' : 'not moved', 1);
        const mine = moved ? from : to;
        if (!this.#lostShards.has(mine.shard)) this.#pool.free([mine]);
      },
      (error: unknown) => this.#wrong.push(`a move failed: ${String(error)}`),
    );
  }

  #release(): void {
    for (const open of this.#gates.splice(0)) open();
  }

  #request(): GenerateRequest {
    const chance = this.#chance;
    const shared = randomPrompt(chance.between(0, 260), chance.below(3));
    const own = randomPrompt(chance.between(1, 90), chance.below(1000));
    return {
      prompt: [...shared, ...own],
      maxTokens: chance.between(1, 220),
      sampling: { ...GREEDY, seed: chance.below(5) },
      stop: [],
      ignoreEos: chance.once(2),
      logprobs: null,
    };
  }

  async #reader(): Promise<void> {
    const asked = this.#request();
    const abort = new AbortController();
    const slow = this.#chance.once(3);
    const leavesAfter = this.#chance.once(6) ? this.#chance.below(asked.maxTokens) : Number.POSITIVE_INFINITY;
    const want = expectedTokens(asked);
    const got: number[] = [];
    let ended = false;
    try {
      for await (const event of this.#engine.generate({ ...asked, signal: abort.signal })) {
        this.#aborts.add(abort);
        if (event.type === 'finish') ended = true;
        else got.push(event.token);
        if (event.type === 'finish' && event.cachedTokens > 0) this.#count('shared', 1);
        if (slow && this.#chance.once(4)) await this.#gate();
        if (got.length > leavesAfter) break;
      }
    } catch (error) {
      if (!abort.signal.aborted) this.#wrong.push(`a request failed: ${String(error)}`);
    }
    this.#aborts.delete(abort);
    const whole = ended && !abort.signal.aborted;
    this.#count(whole ? 'answered' : 'left', 1);
    if (JSON.stringify(got) !== JSON.stringify(whole ? want : want.slice(0, got.length))) {
      this.#wrong.push(`tokens ${got.join()} instead of ${want.join()}`);
    }
    if (!ended && !abort.signal.aborted && got.length <= leavesAfter)
      this.#wrong.push('an answer without end');
  }

  async #scorer(): Promise<void> {
    const prompt = this.#request().prompt;
    const logprobs = await this.#engine.score(prompt).catch((error: unknown) => {
      this.#wrong.push(`a score failed: ${String(error)}`);
      return new Float64Array(prompt.length - 1).fill(-1);
    });
    if (logprobs.length !== prompt.length - 1 || logprobs.some((p) => !(p < 0)))
      this.#wrong.push('a score lacks numbers');
  }

  /** What one engine would save, loaded later. */
  async #saver(): Promise<void> {
    const { prompt } = this.#request();
    const whole = prompt.slice(0, prompt.length - (prompt.length % 64));
    if (whole.length === 0) return;
    const saved: Uint8Array[] = [];
    try {
      for await (const block of this.#engine.exportPrefix(whole)) {
        saved.push(block);
        if (this.#chance.once(4)) await this.#gate();
      }
    } catch (error) {
      this.#wrong.push(`an export failed: ${String(error)}`);
    }
    if (saved.length * 64 !== whole.length) this.#wrong.push('an export lacks blocks');
    const gate = () => this.#gate();
    const load = async function* () {
      for (const bytes of saved) {
        yield bytes;
        await gate();
      }
    };
    for (let i = 0; i < 3; i++) await this.#gate();
    const loaded = await this.#engine.importPrefix(whole, load()).catch((error: unknown) => {
      this.#wrong.push(`an import failed: ${String(error)}`);
      return false;
    });
    this.#count(loaded ? 'loaded' : 'not loaded', 1);
  }

  #gate(): Promise<void> {
    return new Promise((resolve) => {
      this.#gates.push(resolve);
    });
  }

  async run(): Promise<SimulationResult> {
    let toCome = this.#options.requests;
    let open = 0;
    let rounds = 0;
    while (toCome > 0 || open > 0) {
      if (++rounds > MOST_ROUNDS) {
        this.#wrong.push(`no end: ${JSON.stringify(this.#engine.status())}`);
        break;
      }
      while (toCome > 0 && (open === 0 || this.#chance.once(2))) {
        toCome--;
        open++;
        const what = this.#chance.below(10);
        const work = what === 0 ? this.#scorer() : what === 1 ? this.#saver() : this.#reader();
        void work.finally(() => open--);
      }
      await settled();
      this.#release();
      this.#later.shift()?.();
      if (this.#chance.once(4)) this.#happen();
      if (rounds % 400 === 0) this.#grow();
      this.#clock.advance();
    }
    for (const last of this.#later.splice(0)) last();
    await settled();
    await this.#engine.close();
    await settled();
    const { total, free } = this.#pool.size();
    if (free !== total || this.#taken.size > 0) this.#wrong.push(`${total - free} of ${total} blocks leaked`);
    return { wrong: this.#wrong, counts: this.#counts };
  }
}
