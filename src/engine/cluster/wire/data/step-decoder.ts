import type { ShardJob, ShardStep } from '../../../ports.ts';
import { BLOCK_TOKENS } from '../../../ports.ts';
import { malformed } from '../wire-error.ts';
import { STEP_WORDS } from './step-encoder.ts';

/** What one step may ask for, whatever its frame's size: lists are kept and copied by deltas of a few bytes. */
const MOST_ROWS = 65_536;
const MOST_BLOCKS = 4 * 1024 ** 2;

const EMPTY = new Int32Array(0);

export interface NumberedStep {
  readonly number: number;
  readonly step: ShardStep;
}

/** Reads BEGIN payloads, and checks all that can be checked without knowing the shard's blocks. */
export class StepDecoder {
  #before: readonly Int32Array[] = [];

  /** @throws WireError `malformed` */
  decode(payload: Buffer): NumberedStep {
    const words = new WordReader(payload);
    const [number, rows, jobCount, writes] = [words.take(), words.take(), words.take(), words.take()];
    if (rows > MOST_ROWS || jobCount > MOST_ROWS || writes > MOST_ROWS)
      throw malformed(`a step of ${rows} rows, ${jobCount} jobs and ${writes} writes`);
    const jobs: ShardJob[] = [];
    let room = MOST_BLOCKS;
    for (let index = 0; index < jobCount; index++) {
      const job = this.#job(words, room);
      room -= job.blocks.length;
      jobs.push(job);
    }
    const step = { rows, jobs, writes: { blocks: words.list(writes), slots: words.list(writes) } };
    words.assertEnd();
    assertRows(step);
    for (const slot of step.writes.slots)
      if (slot < 0 || slot >= BLOCK_TOKENS) throw malformed(`no slot ${slot} in a block`);
    this.#before = jobs.map(({ blocks }) => blocks);
    return { number, step };
  }

  #job(words: WordReader, room: number): ShardJob {
    const [firstRow, rowCount, tokens] = [words.take(), words.take(), words.take()];
    const before = this.#before[words.take()] ?? EMPTY;
    const [kept, added] = [words.take(), words.take()];
    if (kept > before.length || kept + added > room) throw malformed('a block list that cannot be');
    const addedBlocks = words.list(added);
    let blocks = before;
    if (kept !== before.length || added !== 0) {
      blocks = new Int32Array(kept + added);
      blocks.set(before.subarray(0, kept));
      blocks.set(addedBlocks, kept);
    }
    if (tokens > blocks.length * BLOCK_TOKENS) throw malformed(`${tokens} tokens in ${blocks.length} blocks`);
    return { firstRow, rowCount, tokens, blocks };
  }
}

/** Every row exists and is in at most one job. */
function assertRows({ rows, jobs }: ShardStep): void {
  const taken = new Uint8Array(rows);
  for (const { firstRow, rowCount } of jobs) {
    if (firstRow + rowCount > rows) throw malformed('a job of rows that are not there');
    for (let row = firstRow; row < firstRow + rowCount; row++) {
      if (taken[row] === 1) throw malformed(`row ${row} is in two jobs`);
      taken[row] = 1;
    }
  }
}

class WordReader {
  readonly #words: Uint32Array;
  readonly #signed: Int32Array;
  #at = 0;

  constructor(payload: Buffer) {
    if (payload.length % 4 !== 0 || payload.length < 4 * STEP_WORDS) throw malformed('a step of odd length');
    this.#words = new Uint32Array(payload.buffer, payload.byteOffset, payload.length / 4);
    this.#signed = new Int32Array(payload.buffer, payload.byteOffset, payload.length / 4);
  }

  take(): number {
    const word = this.#words[this.#at++];
    if (word === undefined) throw malformed('a step that is cut short');
    return word;
  }

  /** A view. */
  list(length: number): Int32Array {
    if (length > this.#signed.length - this.#at) throw malformed('a list that is cut short');
    this.#at += length;
    return this.#signed.subarray(this.#at - length, this.#at);
  }

  assertEnd(): void {
    if (this.#at !== this.#words.length) throw malformed('a step with more than it says');
  }
}
