import { byteToken } from './bpe.ts';
import { bytesOfCharacters } from './byte-alphabet.ts';
import type { StepJson } from './tokenizer-json.ts';

/** How tokens become bytes of text. */
export interface TokenDecoding {
  bytesOf(token: string): Uint8Array;
  /** Whether texts were given a space in front before they were encoded, which is dropped again. */
  readonly dropsFirstSpace: boolean;
}

const BYTE_TOKENS = new Map(Array.from({ length: 256 }, (_, byte) => [byteToken(byte), byte]));
const encoder = new TextEncoder();

/** @throws Error when the decoder is of another kind than byte-level or SentencePiece's */
export function tokenDecoding(decoder: StepJson | null, byteLevel: boolean): TokenDecoding {
  const steps = flatten(decoder);
  const unknown = steps.find(({ type }) => !KNOWN.has(type));
  if (unknown) throw new Error(`The tokenizer's decoder ${unknown.type} is not supported.`);
  if (byteLevel || steps.some(({ type }) => type === 'ByteLevel'))
    return { bytesOf: (token) => bytesOfCharacters(token) ?? encoder.encode(token), dropsFirstSpace: false };
  const fallback = steps.some(({ type }) => type === 'ByteFallback');
  const marks = steps.flatMap(spaceMark);
  return {
    dropsFirstSpace: steps.some(dropsSpace),
    bytesOf: (token) => {
      const byte = fallback ? BYTE_TOKENS.get(token) : undefined;
      if (byte !== undefined) return Uint8Array.of(byte);
      return encoder.encode(marks.reduce((text, [mark, put]) => text.replaceAll(mark, put), token));
    },
  };
}

const KNOWN = new Set(['ByteLevel', 'Metaspace', 'Replace', 'ByteFallback', 'Fuse', 'Strip']);

function flatten(step: StepJson | null): StepJson[] {
  if (step === null) return [];
  if (step.type !== 'Sequence') return [step];
  const inner = step['decoders'];
  return Array.isArray(inner) ? inner.flatMap((one: StepJson) => flatten(one)) : [];
}

function spaceMark(step: StepJson): [string, string][] {
  if (step.type === 'Metaspace') return [[text(step['replacement']) ?? '\u2581', ' ']];
  if (step.type !== 'Replace') return [];
  const pattern = step['pattern'];
  const mark = typeof pattern === 'object' && pattern !== null && 'String' in pattern ? pattern.String : null;
  const put = text(step['content']);
  if (typeof mark !== 'string' || mark === '' || put === null)
    throw new Error('The tokenizer’s decoder replaces by a pattern; that is not supported.');
  return [[mark, put]];
}

function dropsSpace(step: StepJson): boolean {
  if (step.type === 'Metaspace')
    return step['prepend_scheme'] !== 'never' && step['add_prefix_space'] !== false;
  return step.type === 'Strip' && step['content'] === ' ' && step['start'] === 1;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
