import { BLOCK_TOKENS, type BlockRef, type StepSlice } from '../ports.ts';
import { blocksFor } from './block.ts';

export interface BlockView {
  readonly ref: BlockRef | null;
  readonly filled: number;
  readonly refs: number;
}

export interface SequenceView {
  /** In the order of arrival. */
  readonly id: number;
  /** Tokens so far. */
  readonly length: number;
  /** Leading tokens whose KV is there; behind them there may be more, after a loss. */
  readonly ready: number;
  /** Position of the first row whose logits are wanted. */
  readonly logitsFrom: number;
  readonly rows: 'none' | 'last' | 'all';
  readonly blocks: readonly BlockView[];
  /** Of its full blocks, by what they hold and all before it; those that it may share at least. */
  readonly nodes: readonly { readonly key: number }[];
}

/** A sequence without blocks, and what it would find in the prefix cache; `idle` of those count as available now. */
export interface WaitingView extends SequenceView {
  readonly hits: { readonly blocks: number; readonly idle: number };
}

export interface SchedulerState {
  /** Both by id. */
  readonly running: readonly SequenceView[];
  readonly waiting: readonly WaitingView[];
  /** Blocks that can be had at once. */
  readonly available: number;
}

export interface Limits {
  readonly maxSequences: number;
  /** Decodes are never held back by it; prefill gets what they leave. */
  readonly maxTokensPerStep: number;
  /** Rows of logits, when those of all tokens are wanted. */
  readonly maxLogitRows: number;
}

export interface SlicePlan {
  readonly id: number;
  readonly start: number;
  readonly count: number;
  readonly logits: StepSlice['logits'];
}

/** One step, as plain data: first `preempt`, then `admit`, then `place` memory for the tokens of each, then run `slices`. */
export interface Schedule {
  readonly preempt: readonly number[];
  readonly admit: readonly number[];
  readonly place: readonly number[];
  readonly slices: readonly SlicePlan[];
  /** Blocks that were lacking. */
  readonly short: number;
  /** Runs, but lacks memory and has nobody behind it to take it from. */
  readonly stands: number | null;
}

/**
 * Continuous batching: all decodes, then prefill in chunks, the oldest first. Memory goes to the oldest too: the youngest
 * is preempted for it, so that the oldest always gets on. Nobody is preempted for itself: one that lacks memory and has
 * nobody behind it stands still, and keeps what it has, until some comes or an older one needs it. Waiting ones enter in
 * order and only when all their tokens have room and one block for each that runs is left.
 */
export function schedule(state: SchedulerState, limits: Limits): Schedule {
  const kept = keep(state);
  const entered =
    kept.preempt.length > 0 || kept.stands !== null ? NOBODY : admit(state.waiting, kept, limits);
  const left = kept.available - entered.need;
  return {
    preempt: kept.preempt,
    admit: entered.sequences.map(({ id }) => id),
    place: [...kept.running, ...entered.sequences].map(({ id }) => id),
    slices: pack([...kept.running, ...entered.sequences], limits),
    short: Math.max(kept.short, entered.short, kept.running.length - left, 0),
    stands: kept.stands,
  };
}

interface Kept {
  /** That have room. */
  readonly running: readonly SequenceView[];
  readonly preempt: readonly number[];
  readonly available: number;
  readonly short: number;
  readonly stands: number | null;
}

/** Room for what runs, from the oldest on. */
function keep(state: SchedulerState): Kept {
  const running = [...state.running];
  const preempt: number[] = [];
  const placed = new Set<BlockView>();
  const released = new Map<BlockView, number>();
  let available = state.available;
  let short = 0;
  for (let i = 0; i < running.length; i++) {
    const sequence = running[i];
    if (!sequence) break;
    const homeless = sequence.blocks.filter((block) => !block.ref && !placed.has(block));
    const need = homeless.length + Math.max(0, blocksFor(sequence.length) - sequence.blocks.length);
    short = Math.max(short, need - available);
    while (need > available && running.length > i + 1) {
      const victim = running.pop();
      if (!victim) break;
      preempt.push(victim.id);
      available += gain(victim, released);
    }
    if (need > available) {
      running.pop();
      return { running, preempt, available, short, stands: sequence.id };
    }
    for (const block of homeless) placed.add(block);
    available -= need;
  }
  return { running, preempt, available, short, stands: null };
}

/** Blocks that nobody else has. */
function gain(victim: SequenceView, released: Map<BlockView, number>): number {
  let gained = 0;
  for (const block of victim.blocks) {
    const before = released.get(block) ?? 0;
    released.set(block, before + 1);
    if (block.ref && block.refs === before + 1) gained++;
  }
  return gained;
}

interface Entered {
  readonly sequences: readonly SequenceView[];
  readonly need: number;
  readonly short: number;
}

const NOBODY: Entered = { sequences: [], need: 0, short: 0 };

function admit(waiting: readonly WaitingView[], kept: Kept, limits: Limits): Entered {
  const sequences: SequenceView[] = [];
  let budget = limits.maxTokensPerStep;
  for (const { length, ready } of kept.running) budget -= length - ready;
  let total = 0;
  for (const sequence of waiting) {
    const others = kept.running.length + sequences.length;
    if (budget <= 0 || others >= limits.maxSequences) break;
    const { blocks, idle } = sequence.hits;
    const need = blocksFor(sequence.length) - blocks + idle;
    const short = total + need + others - kept.available;
    if (short > 0) return { sequences, need: total, short };
    total += need;
    const ready = blocks * BLOCK_TOKENS;
    budget -= sequence.length - ready;
    sequences.push({ ...view(sequence), ready });
  }
  return { sequences, need: total, short: 0 };
}

function view({ id, length, logitsFrom, rows, blocks, nodes }: SequenceView): Omit<SequenceView, 'ready'> {
  return { id, length, logitsFrom, rows, blocks, nodes };
}

/** What each computes: decodes whatever the budget, then the others as far as it goes. */
function pack(sequences: readonly SequenceView[], limits: Limits): SlicePlan[] {
  const slices: SlicePlan[] = [];
  const taken: Taken = { blocks: new Set(), keys: new Set() };
  let budget = limits.maxTokensPerStep;
  let rows = limits.maxLogitRows;
  const decodes = sequences.filter(isDecode);
  const prefills = sequences.filter((sequence) => !isDecode(sequence));
  for (const sequence of [...decodes, ...prefills]) {
    const room = isDecode(sequence) ? 1 : budget;
    const slice = cut(sequence, room, rows, taken);
    if (!slice) continue;
    budget -= slice.count;
    if (slice.logits === 'all') rows -= slice.count;
    slices.push(slice);
  }
  return slices;
}

function isDecode({ length, ready }: SequenceView): boolean {
  return length - ready === 1;
}

/** What the slices before compute. */
interface Taken {
  /** Blocks that more than one sequence has. */
  readonly blocks: Set<BlockView>;
  /** Of what they hold. */
  readonly keys: Set<number>;
}

/**
 * The first tokens without KV, up to the next that have it. What another slice of this step computes is left out: it will
 * be there in the next one.
 */
function cut(sequence: SequenceView, room: number, rows: number, taken: Taken): SlicePlan | null {
  const { id, length, ready: start, logitsFrom, blocks, nodes } = sequence;
  const scored = sequence.rows === 'all' && start >= logitsFrom;
  const border = sequence.rows === 'all' && !scored ? logitsFrom : length;
  const most = Math.min(border - start, scored ? Math.min(room, rows) : room);
  const first = Math.floor(start / BLOCK_TOKENS);
  let end = start;
  for (let i = first; end < start + most; i++) {
    const block = blocks[i];
    const key = nodes[i]?.key;
    if (block && (taken.blocks.has(block) || (i > first && block.filled > 0))) break;
    // A block that is begun is not given up for another's.
    const begun = i * BLOCK_TOKENS < start;
    if (key !== undefined && !scored && !begun && taken.keys.has(key)) break;
    if (block && block.refs > 1) taken.blocks.add(block);
    if (key !== undefined) taken.keys.add(key);
    end = (i + 1) * BLOCK_TOKENS;
  }
  const count = Math.min(end - start, most);
  if (count <= 0) return null;
  if (scored) return { id, start, count, logits: 'all' };
  const last = sequence.rows === 'last' && start + count === length;
  return { id, start, count, logits: last ? 'last' : 'none' };
}
