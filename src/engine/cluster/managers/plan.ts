import type { InstanceId } from './messages.ts';
import { type PerformanceModel, tokensPerSecond, type Work } from './performance-model.ts';

/** What the planner knows of one instance. */
export interface InstanceView extends Work {
  readonly instance: InstanceId;
  /** Free blocks of its own and borrowed ones. */
  readonly free: number;
  /** Free blocks that others could have. */
  readonly offered: number;
  /** Requests that wait for memory, and the blocks that one of them needs on average. */
  readonly waiting: number;
  readonly waitingBlocks: number;
  /** Blocks of its longest request. */
  readonly longest: number;
}

/** Advice to a debtor: borrow so many blocks of a creditor, and move that much of its longest requests there. */
export interface Move {
  readonly debtor: InstanceId;
  readonly creditor: InstanceId;
  readonly blocks: number;
}

/** Gains below this share are noise. */
const LEAST_GAIN = 0.001;
const MOST_TRIES = 16;

/** The combined throughput that the model predicts, in tokens per second. */
export function predict(view: readonly InstanceView[], model: PerformanceModel): number {
  return view.reduce((sum, instance) => sum + tokensPerSecond(model, instance), 0);
}

/** A debtor that got blocks: as many of the waiting as fit are in its batch, and as many blocks as it got are elsewhere. */
export function debtorAfter(debtor: InstanceView, blocks: number): InstanceView {
  const room = debtor.free + blocks;
  const fitting = debtor.waitingBlocks > 0 ? Math.floor(room / debtor.waitingBlocks) : 0;
  const admitted = Math.min(debtor.waiting, fitting);
  const filled = admitted * debtor.waitingBlocks;
  return {
    ...debtor,
    batch: debtor.batch + admitted,
    blocks: Math.max(0, debtor.blocks + filled - blocks),
    remote: debtor.remote + blocks,
    free: room - filled,
    waiting: debtor.waiting - admitted,
    longest: Math.max(0, debtor.longest - blocks),
  };
}

/** A creditor that lent blocks, over which it now attends for others. */
export function creditorAfter(creditor: InstanceView, blocks: number): InstanceView {
  return {
    ...creditor,
    blocks: creditor.blocks + blocks,
    free: creditor.free - blocks,
    offered: creditor.offered - blocks,
  };
}

/**
 * Greedy: debtors are those with requests waiting for memory, the smallest batches and longest requests first; creditors
 * those with free memory and nobody waiting, idle ones and those with the most memory first. A debtor gets the blocks
 * that let in so many of the waiting that the combined throughput grows most. No creditor gives more than it offers.
 */
export function plan(view: readonly InstanceView[], model: PerformanceModel): readonly Move[] {
  const debtors = view
    .filter(({ waiting, waitingBlocks, free }) => waiting > 0 && waitingBlocks > free)
    .sort((a, b) => a.batch - b.batch || b.longest - a.longest || byName(a, b));
  const creditors = view
    .filter(({ offered, waiting }) => offered > 0 && waiting === 0)
    .sort((a, b) => a.batch - b.batch || b.offered - a.offered || byName(a, b));
  const moves: Move[] = [];
  for (const debtor of debtors) {
    for (const [creditor, blocks] of best(debtor, creditors, model)) {
      moves.push({ debtor: debtor.instance, creditor: creditor.instance, blocks });
      creditors[creditors.indexOf(creditor)] = creditorAfter(creditor, blocks);
    }
    // Blocks are taken from the front on, so that those with nothing left are there.
    const left = creditors.findIndex(({ offered }) => offered > 0);
    creditors.splice(0, left === -1 ? creditors.length : left);
  }
  return moves;
}

type Taken = ReadonlyMap<InstanceView, number>;

function best(debtor: InstanceView, creditors: readonly InstanceView[], model: PerformanceModel): Taken {
  let found: Taken = new Map();
  let most = 0;
  for (const blocks of sizes(debtor)) {
    const taken = take(creditors, blocks);
    if (!taken) break;
    const before = combined(debtor, taken.keys(), model);
    const after = combined(
      debtorAfter(debtor, blocks),
      [...taken].map(([creditor, count]) => creditorAfter(creditor, count)),
      model,
    );
    const copying = Math.min(1, (blocks * model.moveMs) / model.horizonMs);
    const gain = after - before - copying * tokensPerSecond(model, debtor);
    if (gain <= most || gain <= before * LEAST_GAIN) continue;
    most = gain;
    found = taken;
  }
  return found;
}

/** Just enough to let 1, 2, … of the waiting in. */
function sizes({ waiting, waitingBlocks, free }: InstanceView): readonly number[] {
  const step = Math.ceil(waiting / MOST_TRIES);
  const counts = Array.from({ length: Math.ceil(waiting / step) }, (_, at) =>
    Math.min(waiting, (at + 1) * step),
  );
  return counts.map((count) => Math.ceil(count * waitingBlocks - free)).filter((blocks) => blocks > 0);
}

/** Null when the creditors offer less. */
function take(creditors: readonly InstanceView[], blocks: number): Taken | null {
  const taken = new Map<InstanceView, number>();
  let missing = blocks;
  for (const creditor of creditors) {
    const count = Math.min(missing, creditor.offered);
    taken.set(creditor, count);
    missing -= count;
    if (missing === 0) return taken;
  }
  return null;
}

function combined(debtor: InstanceView, creditors: Iterable<InstanceView>, model: PerformanceModel): number {
  let sum = tokensPerSecond(model, debtor);
  for (const creditor of creditors) sum += tokensPerSecond(model, creditor);
  return sum;
}

function byName(a: InstanceView, b: InstanceView): number {
  return a.instance < b.instance ? -1 : 1;
}
