import type { Call } from '../../../core/call.ts';
import type { Counterfactual } from '../../../core/decision.ts';
import { isObject } from '../../../core/json.ts';
import type { FinishReason, HeadPart, Part } from '../../../core/part.ts';

/** Reads relayed bytes into typed parts; null when they are no whole answer. */
export type ReadAnswer = (
  call: Pick<Call, 'dialect' | 'operation' | 'stream'>,
  parts: readonly Part[],
) => readonly Part[] | null;

/** One whole answer as it was given, and to what kind of call. */
export interface StoredAnswer {
  /** Epoch milliseconds. */
  readonly madeAt: number;
  /** How the bytes of its relayed content are written; see `answerForm`. */
  readonly form: string;
  readonly call: Pick<Call, 'dialect' | 'operation' | 'stream'>;
  readonly parts: readonly Part[];
}

/** Ends of an answer that was not broken off by somebody's decision. */
const WHOLE: ReadonlySet<FinishReason> = new Set(['stop', 'length', 'tool-calls']);

/** Whether these are all parts of an answer that would be the same if it were asked for again. */
export function isWhole(parts: readonly Part[]): boolean {
  const head = parts.find((part) => part.type === 'head');
  const finish = parts.findLast((part) => part.type === 'finish');
  return head?.status === 200 && finish !== undefined && WHOLE.has(finish.reason);
}

/**
 * The parts for a call that wants this form: the bytes as they were where it is the same, else read into typed parts.
 * Null when they cannot be read.
 */
export function partsFor(answer: StoredAnswer, form: string, read: ReadAnswer): readonly Part[] | null {
  const relayed = answer.parts.some(({ type }) => type === 'wire');
  const parts = relayed && answer.form !== form ? readTyped(answer, read) : answer.parts;
  return parts && parts.map((part) => (part.type === 'head' ? headAgain(part) : part));
}

/** Relayed bytes may lack the usage, where it was the gateway and not the client that asked for it. */
function readTyped({ call, parts }: StoredAnswer, read: ReadAnswer): readonly Part[] | null {
  const typed = read(call, parts);
  const usage = parts.findLast((part) => part.type === 'usage');
  if (!typed || !usage || typed.some(({ type }) => type === 'usage')) return typed;
  return typed.flatMap((part): Part[] => (part.type === 'finish' ? [usage, part] : [part]));
}

/** The head of an answer for a call that it was not made for: its limits, ids and times are not this call's. */
export function headAgain(head: HeadPart): HeadPart {
  const type = head.headers['content-type'];
  return { ...head, headers: type === undefined ? {} : { 'content-type': type }, stored: true };
}

/** What the answer would have cost if it had been made once more. */
export function insteadOf(parts: readonly Part[]): { readonly instead?: Counterfactual } {
  const usage = parts.findLast((part) => part.type === 'usage');
  const head = parts.find((part) => part.type === 'head');
  if (!usage || !head) return {};
  return {
    instead: {
      usage: usage.usage,
      target: head.target,
      servedModel: usage.model ?? null,
      serviceTier: usage.serviceTier ?? null,
    },
  };
}

const VERSION = 1;
const NEWLINE = 0x0a;

/** A line of JSON, then the relayed bytes, if any. */
export function encodeAnswer(answer: StoredAnswer): Uint8Array {
  const chunks = answer.parts.flatMap((part) => (part.type === 'wire' ? part.chunks : []));
  let placed = false;
  const parts = answer.parts.flatMap((part): unknown[] => {
    if (part.type === 'head') return [headAgain(part)];
    if (part.type !== 'wire') return [part];
    // All bytes come back as one part, in the place of the first.
    const first = !placed;
    placed = true;
    return first ? [{ type: 'wire' }] : [];
  });
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const line = JSON.stringify({ version: VERSION, bytes, ...answer, parts });
  return Buffer.concat([Buffer.from(`${line}\n`), ...chunks]);
}

/** Null for what is no stored answer of this version. */
export function decodeAnswer(bytes: Uint8Array): StoredAnswer | null {
  const end = bytes.indexOf(NEWLINE);
  if (end < 0) return null;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const read: unknown = JSON.parse(buffer.toString('utf8', 0, end));
    if (!isObject(read) || read['version'] !== VERSION || !Array.isArray(read['parts'])) return null;
    if (read['bytes'] !== bytes.length - end - 1) return null;
    const { madeAt, form, call, parts } = read as unknown as StoredAnswer;
    const whole = parts.map(
      (part): Part => (part.type === 'wire' ? { type: 'wire', chunks: [buffer.subarray(end + 1)] } : part),
    );
    return isWhole(whole) ? { madeAt, form, call, parts: whole } : null;
  } catch {
    return null;
  }
}

/** About what a part takes in memory and in the store. */
export function sizeOfPart(part: Part): number {
  switch (part.type) {
    case 'wire':
      return part.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    case 'text-delta':
    case 'reasoning-delta':
      return part.text.length * 2;
    case 'tool-call-delta':
      return part.arguments.length * 2;
    case 'media':
      return part.data.length;
    case 'embedding':
      return part.vector.length * 8;
    case 'logprobs':
      return part.tokens.reduce((sum, { top }) => sum + 100 * (1 + top.length), 100);
    default:
      return 100;
  }
}
