import type { ShardJob, ShardStep } from '../../../ports.ts';
import { FRAME, HEADER_BYTES, newFrame } from '../layout.ts';

const EMPTY = new Int32Array(0);

/** Words of a BEGIN before its jobs, and of a job before its blocks. */
export const STEP_WORDS = 4;
const JOB_WORDS = 6;

interface Delta {
  readonly job: ShardJob;
  readonly base: number;
  readonly kept: number;
}

/** Makes BEGIN frames; block lists go as what they add to those of the step before. */
export class StepEncoder {
  #before: readonly Int32Array[] = [];

  encode(number: number, step: ShardStep): Buffer {
    const deltas = step.jobs.map((job, index) => this.#delta(job, index));
    const { blocks, slots } = step.writes;
    let words = STEP_WORDS + JOB_WORDS * deltas.length + 2 * blocks.length;
    for (const { job, kept } of deltas) words += job.blocks.length - kept;
    const frame = newFrame(FRAME.BEGIN, 4 * words);
    const out = new Int32Array(frame.buffer, frame.byteOffset + HEADER_BYTES, words);
    out.set([number, step.rows, deltas.length, blocks.length]);
    let at = STEP_WORDS;
    for (const { job, base, kept } of deltas) {
      const added = job.blocks.subarray(kept);
      out.set([job.firstRow, job.rowCount, job.tokens, base, kept, added.length], at);
      out.set(added, at + JOB_WORDS);
      at += JOB_WORDS + added.length;
    }
    out.set(blocks, at);
    out.set(slots, at + blocks.length);
    // Copies: the caller may write its next step into the same arrays.
    this.#before = step.jobs.map(({ blocks }, index) => {
      const before = this.#before[index];
      return before && deltas[index]?.base === index && equalLists(before, blocks) ? before : blocks.slice();
    });
    return frame;
  }

  /** The same sequence is mostly the same job, else the first whose list starts alike. */
  #delta(job: ShardJob, index: number): Delta {
    const first = job.blocks[0];
    let base =
      this.#before[index]?.[0] === first ? index : this.#before.findIndex(([block]) => block === first);
    if (base < 0 || first === undefined) base = 0;
    return { job, base, kept: commonPrefix(this.#before[base] ?? EMPTY, job.blocks) };
  }
}

function commonPrefix(a: Int32Array, b: Int32Array): number {
  const most = Math.min(a.length, b.length);
  let at = 0;
  while (at < most && a[at] === b[at]) at++;
  return at;
}

function equalLists(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && commonPrefix(a, b) === a.length;
}
