import { partsOf } from '../core/answer.ts';
import type { Call } from '../core/call.ts';
import type { Dialect, Framing } from '../core/dialect.ts';
import { isObject } from '../core/json.ts';
import type { Part } from '../core/part.ts';
import { DIALECTS } from '../dialects/index.ts';
import { frameSplitter } from '../dialects/wire/frames.ts';

const OPEN_BRACKET = 0x5b;

/**
 * An answer as typed parts, also where its content was relayed as bytes. Null when the bytes are no whole answer of the
 * client's dialect.
 */
export function readAnswer(
  call: Pick<Call, 'dialect' | 'operation' | 'stream'>,
  parts: readonly Part[],
): readonly Part[] | null {
  const chunks = parts.flatMap((part) => (part.type === 'wire' ? part.chunks : []));
  if (chunks.length === 0) return parts;
  const dialect = DIALECTS.find(({ name }) => name === call.dialect);
  if (!dialect) return null;
  const beside = parts.filter(({ type }) => type === 'head');
  try {
    const read = call.stream ? readStream(dialect, chunks) : readWhole(dialect, call, chunks);
    return read && [...beside, ...read];
  } catch {
    return null;
  }
}

function readWhole(
  dialect: Dialect,
  { operation }: Pick<Call, 'operation'>,
  chunks: readonly Uint8Array[],
): readonly Part[] | null {
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  if (!isObject(body)) return null;
  if (operation === 'generate' && dialect.generate) return [...partsOf(dialect.generate.parseResponse(body))];
  if (operation === 'embed' && dialect.embed)
    return [...dialect.embed.parseResponse(body), { type: 'finish', reason: 'stop' }];
  return null;
}

function readStream(dialect: Dialect, chunks: readonly Uint8Array[]): readonly Part[] | null {
  const parser = dialect.generate?.parseStream();
  if (!parser) return null;
  const frames = frameSplitter(chunks[0]?.[0] === OPEN_BRACKET ? 'json-array' : 'sse');
  const events = [...chunks.flatMap((chunk) => frames.push(chunk)), ...frames.end()];
  return [...events.flatMap((event) => parser.event(event)), ...parser.end()];
}

/** As much of a relayed stream as can be read, for one that was cut or garbled. */
export function readBeginning(dialect: Dialect, parts: readonly Part[], framing: Framing): Part[] {
  const parser = dialect.generate?.parseStream();
  if (!parser) return [];
  const frames = frameSplitter(framing);
  const read: Part[] = [];
  try {
    for (const part of parts) {
      if (part.type !== 'wire') continue;
      for (const chunk of part.chunks)
        for (const frame of frames.push(chunk)) read.push(...parser.event(frame));
    }
  } catch {
    // What was readable before it counts.
  }
  return read;
}
