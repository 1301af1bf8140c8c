/// <reference lib="es2024.sharedmemory" />
/// <reference lib="es2024.arraybuffer" />
import type { KvShape, ShardId, ShardStep } from '../ports.ts';

/**
 * What a shard's thread and its user share. Commands go through a ring of four numbers each, their data through one buffer
 * for each kind of it; a command is done when `DONE` has passed its number.
 */
export interface ThreadChannel {
  readonly control: SharedArrayBuffer;
  readonly step: SharedArrayBuffer;
  readonly queries: SharedArrayBuffer;
  readonly partials: SharedArrayBuffer;
  readonly rows: SharedArrayBuffer;
  readonly block: SharedArrayBuffer;
}

/** What a shard's thread is started with. */
export interface ShardThreadData {
  readonly id: ShardId;
  readonly kv: KvShape;
  readonly maxBytes: number;
  readonly channel: ThreadChannel;
}

/** The thread's first and last message. */
export type ShardThreadGreeting =
  | { readonly ready: true; readonly blocks: number }
  | { readonly ready: false; readonly why: string };

/** Places in `control`, 32-bit numbers. Commands are counted modulo 2^32. */
export const POSTED = 0;
export const DONE = 1;
/** 1 when the thread has ended by an error, whose text is at TEXT. */
export const FAILED = 2;
export const COMMITTED_PAGES = 3;
export const TEXT_BYTES = 4;
export const RING = 8;
export const RING_SIZE = 64;
const RING_FIELDS = 4;
const TEXT = (RING + RING_SIZE * RING_FIELDS) * 4;
const MOST_TEXT = 1_000;

export const OPERATION = { begin: 1, attend: 2, append: 3, read: 4, write: 5 } as const;

const MOST_BYTES = 2 ** 31 - 65_536;

export function createThreadChannel(): ThreadChannel {
  const growing = (): SharedArrayBuffer => new SharedArrayBuffer(65_536, { maxByteLength: MOST_BYTES });
  return {
    control: new SharedArrayBuffer(TEXT + MOST_TEXT),
    step: growing(),
    queries: growing(),
    partials: growing(),
    rows: growing(),
    block: growing(),
  };
}

/** Makes a buffer at least so long; both sides see it grow. */
export function makeRoom(buffer: SharedArrayBuffer, bytes: number): void {
  if (bytes > buffer.byteLength) buffer.grow(Math.min(MOST_BYTES, Math.max(bytes, 2 * buffer.byteLength)));
}

/** Fields of the ring's entry for a command. */
export function ringAt(command: number): number {
  return RING + ((command >>> 0) % RING_SIZE) * RING_FIELDS;
}

export function putStep(buffer: SharedArrayBuffer, { rows, jobs, writes }: ShardStep): void {
  const ints = [rows, jobs.length, writes.blocks.length];
  const size =
    ints.length + jobs.reduce((sum, job) => sum + 4 + job.blocks.length, 0) + 2 * writes.blocks.length;
  makeRoom(buffer, size * 4);
  const into = new Int32Array(buffer, 0, size);
  into.set(ints);
  let at = ints.length;
  for (const { firstRow, rowCount, tokens, blocks } of jobs) {
    into.set([firstRow, rowCount, tokens, blocks.length], at);
    into.set(blocks, at + 4);
    at += 4 + blocks.length;
  }
  into.set(writes.blocks, at);
  into.set(writes.slots, at + writes.blocks.length);
}

export function takeStep(buffer: SharedArrayBuffer): ShardStep {
  const ints = new Int32Array(buffer);
  const [rows = 0, jobs = 0, writes = 0] = ints;
  let at = 3;
  const next = (count: number): Int32Array => ints.slice(at, (at += count));
  return {
    rows,
    jobs: Array.from({ length: jobs }, () => {
      const [firstRow = 0, rowCount = 0, tokens = 0, blocks = 0] = next(4);
      return { firstRow, rowCount, tokens, blocks: next(blocks) };
    }),
    writes: { blocks: next(writes), slots: next(writes) },
  };
}

/** Ends the thread's part: whoever waits wakes up and finds why. The first reason stays. */
export function fail(channel: ThreadChannel, why: string): void {
  const control = new Int32Array(channel.control);
  if (Atomics.load(control, FAILED) !== 0) return;
  const text = new TextEncoder().encode(why).subarray(0, MOST_TEXT);
  new Uint8Array(channel.control, TEXT, text.length).set(text);
  Atomics.store(control, TEXT_BYTES, text.length);
  Atomics.store(control, FAILED, 1);
  Atomics.add(control, DONE, 1);
  Atomics.notify(control, DONE);
}

/** Why the thread ended, or null. */
export function failure(channel: ThreadChannel): string | null {
  const control = new Int32Array(channel.control);
  if (Atomics.load(control, FAILED) === 0) return null;
  return new TextDecoder().decode(
    new Uint8Array(channel.control, TEXT, Atomics.load(control, TEXT_BYTES)).slice(),
  );
}
