import { type BlockPool, type BlockRef, type ModelRunner, type ShardId, ShardLostError } from '../ports.ts';
import { asEngineError } from './answer.ts';
import { blocksFor } from './block.ts';
import { BlockManager, type Flight } from './block-manager.ts';
import { type Interlude, Interludes, Moves } from './interludes.ts';
import type { EngineOptions } from './options.ts';
import { Rate } from './rate.ts';
import { Roster } from './roster.ts';
import { type Limits, type Schedule, schedule } from './schedule.ts';
import { Sequence, type Task } from './sequence.ts';

export interface SchedulerParts {
  readonly runner: ModelRunner;
  readonly pool: BlockPool;
  readonly options: EngineOptions;
  /** What a sequence is told that memory cannot hold any more. */
  noMemory(sequence: Sequence): Error;
}

/** A shard that is lost may be thrown again by a step that was under way, but not for ever. */
const MOST_FAULTS = 8;

interface Counts {
  preemptions: number;
  prefillTokens: number;
  decodeTokens: number;
}

/** The loop: schedule, run, postprocess, for as long as there is something to do. */
export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #roster = new Roster();
  readonly blocks: BlockManager;
  readonly #limits: Limits;
  readonly #interludes: Interludes;
  readonly #moves: Moves;
  readonly #rate: Rate;
  readonly #faults = new Map<ShardId, number>();
  readonly #closing = new AbortController();
  readonly counts: Counts = { preemptions: 0, prefillTokens: 0, decodeTokens: 0 };
  #nextId = 0;
  #loop: Promise<void> | null = null;
  #again = false;
  #alarmed = false;
  #wanted = { count: 0, total: -1 };

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    const { pool, runner, options } = parts;
    this.blocks = new BlockManager(pool, options.hash);
    this.#interludes = new Interludes(this.blocks, ({ shard }) => this.#lost(shard));
    this.#moves = new Moves(this.blocks, runner, this.#interludes);
    this.#rate = new Rate(() => options.clock.ticks());
    this.#limits = {
      maxSequences: Math.max(1, options.maxSequences),
      maxTokensPerStep: Math.max(1, options.maxTokensPerStep),
      maxLogitRows: Math.max(1, Math.floor(options.maxLogitBytes / (4 * runner.vocabSize))),
    };
    pool.onMore(() => this.#memoryChanged());
    pool.onLost((shard) => this.#lost(shard));
  }

  get roster(): Roster {
    return this.#roster;
  }

  get tokensPerSecond(): number {
    return this.#rate.perSecond();
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  submit(prompt: readonly number[], task: Task): Sequence {
    const sequence = new Sequence(this.#nextId++, prompt, task);
    this.blocks.prepare(sequence);
    this.#roster.add(sequence);
    this.#wake();
    return sequence;
  }

  /** Its memory is free at once, or after the step that runs. */
  end(sequence: Sequence): void {
    if (sequence.state === 'ended') return;
    this.#roster.move(sequence, 'ended');
    this.blocks.release(sequence);
    this.#wake();
  }

  #fail(sequence: Sequence, error: unknown): void {
    this.end(sequence);
    sequence.task.fail(error);
  }

  /** The reader of a parked sequence has caught up. */
  resume(sequence: Sequence): void {
    if (sequence.state !== 'parked') return;
    this.#roster.move(sequence, 'waiting');
    this.#wake();
  }

  /** Work with blocks that no step may overlap. */
  between<T>(interlude: Interlude<T>): Promise<T> {
    const done = this.#interludes.add(interlude);
    this.#wake();
    return done;
  }

  move(from: BlockRef, to: BlockRef): Promise<boolean> {
    const moved = this.#moves.move(from, to);
    this.#wake();
    return moved;
  }

  /** Lets go of the blocks of a sequence that was never submitted. */
  release(sequence: Sequence): void {
    this.blocks.release(sequence);
    if (this.closed) this.blocks.evict();
    this.#wake();
  }

  async close(error: Error): Promise<void> {
    this.#closing.abort();
    for (const sequence of this.#roster.all()) this.#fail(sequence, error);
    await this.#loop;
    this.#interludes.close(error);
    this.blocks.evict();
  }

  #memoryChanged(): void {
    this.#wanted = { ...this.#wanted, total: -1 };
    this.#wake();
  }

  #lost(shard: ShardId): void {
    if (!this.blocks.lose(shard)) return;
    for (const sequence of this.#roster.running) sequence.rewind();
    this.#memoryChanged();
  }

  #wake(): void {
    this.#again = true;
    if (!this.closed) this.#loop ??= this.#steps();
  }

  async #steps(): Promise<void> {
    await Promise.resolve(); // what is asked for in one go is scheduled in one step
    while (this.#again && !this.closed) {
      this.#again = false;
      try {
        await this.#interludes.run();
        if (await this.#step()) this.#again = true;
      } catch (error) {
        for (const sequence of this.#roster.all()) this.#fail(sequence, asEngineError(error));
      }
    }
    this.#loop = null;
  }

  /** Whether another step may follow at once. */
  async #step(): Promise<boolean> {
    this.#giveUp();
    const before = this.blocks.available;
    const plan = schedule(this.#state(), this.#limits);
    this.#stand(plan.stands);
    const flights = this.#apply(plan);
    this.#want(plan.short);
    if (flights.length === 0) {
      this.#alarm();
      return plan.preempt.length > 0 || (plan.slices.length > 0 && this.blocks.available < before);
    }
    this.#parts.options.onSchedule(plan);
    this.blocks.hold();
    try {
      const results = await this.#run(plan, flights);
      if (results) this.#postprocess(flights, results);
    } finally {
      this.blocks.settle();
    }
    return true;
  }

  #state() {
    const { running, waiting } = this.#roster;
    for (const sequence of running) {
      sequence.advance();
      this.#adopt(sequence);
    }
    const vacant = Math.max(0, this.#limits.maxSequences - running.length);
    return {
      running,
      waiting: waiting.slice(0, vacant).map((sequence) => ({
        id: sequence.id,
        length: sequence.length,
        ready: 0,
        logitsFrom: sequence.logitsFrom,
        rows: sequence.rows,
        blocks: [],
        nodes: sequence.nodes,
        hits: this.blocks.peek(sequence),
      })),
      available: this.blocks.available,
    };
  }

  #adopt(sequence: Sequence): void {
    const tokens = this.blocks.adopt(sequence);
    if (!sequence.started) sequence.cachedTokens += tokens;
  }

  /** Only slices whose sequence got its memory. */
  #apply(plan: Schedule): (Flight & { readonly logits: 'none' | 'last' | 'all' })[] {
    for (const id of plan.preempt) this.#preempt(this.#find(id));
    for (const id of plan.admit) {
      const sequence = this.#find(id);
      this.#roster.move(sequence, 'running');
      this.#adopt(sequence);
    }
    const placed = new Set(plan.place.filter((id) => this.blocks.place(this.#find(id))));
    return plan.slices
      .filter(({ id }) => placed.has(id))
      .map(({ id, start, count, logits }) => {
        const sequence = this.#find(id);
        const blocks = sequence.blocks.slice(0, blocksFor(start + count));
        const refs = blocks.flatMap(({ ref }) => ref ?? []);
        return { sequence, start, count, logits, blocks, refs };
      });
  }

  #find(id: number): Sequence {
    const sequence = this.#roster.find(id);
    if (!sequence) throw new Error(`no sequence ${id}`);
    return sequence;
  }

  #preempt(sequence: Sequence): void {
    this.counts.preemptions++;
    sequence.standsSinceMs = null;
    sequence.started = true;
    this.blocks.release(sequence);
    this.#roster.move(sequence, 'waiting');
  }

  async #run(plan: Schedule, flights: readonly (Flight & { readonly logits: 'none' | 'last' | 'all' })[]) {
    try {
      return await this.#parts.runner.run(
        flights.map(({ sequence, start, count, refs, logits }) => ({
          tokens: sequence.slice(start, count),
          start,
          blocks: refs,
          logits,
        })),
      );
    } catch (error) {
      if (error instanceof ShardLostError && this.#fault(error.shard)) this.#lost(error.shard);
      else this.#failAll(plan, error);
      return null;
    }
  }

  #fault(shard: ShardId): boolean {
    const faults = (this.#faults.get(shard) ?? 0) + 1;
    this.#faults.set(shard, faults);
    return faults <= MOST_FAULTS;
  }

  #failAll(plan: Schedule, error: unknown): void {
    for (const { id } of plan.slices) {
      const sequence = this.#roster.find(id);
      if (sequence) this.#fail(sequence, asEngineError(error));
    }
  }

  #postprocess(flights: readonly Flight[], results: readonly (Float32Array | null)[]): void {
    for (const [i, flight] of flights.entries()) {
      this.blocks.filled(flight);
      const { sequence, start, count } = flight;
      if (sequence.state !== 'running') continue;
      if (count === 1 && sequence.length > sequence.promptLength) this.counts.decodeTokens++;
      else this.counts.prefillTokens += count;
      sequence.advance();
      const logits = results[i];
      if (logits) this.#deliver(sequence, logits, start);
    }
  }

  #deliver(sequence: Sequence, logits: Float32Array, start: number): void {
    sequence.started = true;
    this.#rate.add(sequence.rows === 'last' ? 1 : 0);
    try {
      const { token, next } = sequence.task.take(logits, start, sequence);
      if (token !== null) sequence.tokens.push(token);
      if (next === 'end') this.end(sequence);
      else if (next === 'park') this.#park(sequence);
    } catch (error) {
      this.#fail(sequence, asEngineError(error));
    }
  }

  /** Others need not wait for its reader: its KV stays cached for as long as nobody needs the memory. */
  #park(sequence: Sequence): void {
    if (sequence.state !== 'running') return;
    this.blocks.release(sequence);
    this.#roster.move(sequence, 'parked');
  }

  /** The oldest that runs, or the first in line, could not be held by all the memory there is, and that for long. */
  #giveUp(): void {
    const nowMs = this.#parts.options.clock.ticks();
    for (const first of [this.#roster.running[0], this.#roster.waiting[0]]) {
      if (!first) continue;
      if (blocksFor(first.length) <= this.#parts.pool.size().reachable) first.hopelessSinceMs = null;
      else if (nowMs - (first.hopelessSinceMs ??= nowMs) >= this.#parts.options.patienceMs)
        this.#fail(first, this.#parts.noMemory(first));
    }
  }

  /** Who stands still for long may hold what others stand still for: it gives way, here and to other instances. */
  #stand(id: number | null): void {
    const nowMs = this.#parts.options.clock.ticks();
    for (const sequence of this.#roster.running) if (sequence.id !== id) sequence.standsSinceMs = null;
    const standing = id === null ? null : this.#find(id);
    if (standing && nowMs - (standing.standsSinceMs ??= nowMs) >= this.#parts.options.patienceMs)
      this.#preempt(standing);
  }

  /** A wish is renewed only when it changes, or memory did. */
  #want(short: number): void {
    const { total, free } = this.#parts.pool.size();
    const count = short > 0 ? free + short : 0;
    if (count === this.#wanted.count && (count === 0 || total === this.#wanted.total)) return;
    this.#parts.pool.want(count);
    this.#wanted = { count, total };
  }

  /** Nothing can run. If somebody waits, look again after a while. */
  #alarm(): void {
    if (this.#alarmed || this.closed || this.#roster.running.length + this.#roster.waiting.length === 0)
      return;
    this.#alarmed = true;
    this.#parts.options.clock
      .sleep(this.#parts.options.retryMs, this.#closing.signal)
      .catch(() => {}) // closed
      .finally(() => {
        this.#alarmed = false;
        this.#memoryChanged();
      });
  }
}
