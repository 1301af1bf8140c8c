import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { KvShape } from '../../ports.ts';
import { BLOCK_TOKENS } from '../../ports.ts';
import { HANDSHAKE_FRAME_BYTES, VERSIONS } from './layout.ts';
import { malformed, WireError } from './wire-error.ts';

/** Who a side is and what it holds; covered by the proofs. */
export interface Hello {
  readonly role: 'control' | 'data';
  readonly instance: string;
  /** The shard that a data server serves, or that a data client wants. */
  readonly shard: string | null;
  /** Null: not known yet (a lender learns it from whom it joins). Two that are known must be equal. */
  readonly kv: KvShape | null;
  /** Of the shard that is served. */
  readonly blocks?: number;
}

/** A HELLO frame's payload, read. */
export interface SentHello {
  readonly hello: Hello;
  readonly lowestVersion: number;
  readonly highestVersion: number;
  readonly maxPayloadBytes: number;
  readonly hasSecret: boolean;
  /** Tokens of a block, as its side counts them. */
  readonly blockTokens: number;
}

const MAGIC = 0x4d4c4c49; // "ILLM"
const FIXED_BYTES = 16;
const NONCE_BYTES = 32;
const JSON_AT = FIXED_BYTES + NONCE_BYTES;

const size = z.int().min(1).max(65_536);
const name = z.string().min(1).max(200);
const helloJson = z.object({
  role: z.enum(['control', 'data']),
  instance: name,
  shard: name.nullable(),
  kv: z
    .object({ layers: size, heads: size, kvHeads: size, headDim: size, type: z.enum(['bf16', 'int8']) })
    .nullable(),
  blocks: z.int().min(0).max(0x7fff_ffff).nullable(),
  blockTokens: size,
});

export function encodeHello(hello: Hello, maxPayloadBytes: number, hasSecret: boolean): Buffer {
  const { role, instance, shard, kv, blocks = null } = hello;
  const json = Buffer.from(JSON.stringify({ role, instance, shard, kv, blocks, blockTokens: BLOCK_TOKENS }));
  const fixed = Buffer.alloc(FIXED_BYTES);
  fixed.writeUInt32LE(MAGIC, 0);
  fixed.writeUInt16LE(VERSIONS.lowest, 4);
  fixed.writeUInt16LE(VERSIONS.highest, 6);
  fixed.writeUInt32LE(maxPayloadBytes, 8);
  fixed.writeUInt32LE(hasSecret ? 1 : 0, 12);
  const payload = Buffer.concat([fixed, randomBytes(NONCE_BYTES), json]);
  if (payload.length > HANDSHAKE_FRAME_BYTES) throw new RangeError('the hello is too long');
  return payload;
}

/** @throws WireError `malformed`, or `version` when there is no common one */
export function decodeHello(payload: Buffer): SentHello {
  if (payload.length < JSON_AT || payload.readUInt32LE(0) !== MAGIC)
    throw malformed('the first frame is not a hello of this protocol');
  const lowestVersion = payload.readUInt16LE(4);
  const highestVersion = payload.readUInt16LE(6);
  if (lowestVersion > VERSIONS.highest || highestVersion < VERSIONS.lowest)
    throw new WireError(
      'version',
      `one side speaks versions ${lowestVersion} to ${highestVersion} of the wire, the other ${VERSIONS.lowest} to ${VERSIONS.highest}: use the same release of infinite-llm on both`,
    );
  const maxPayloadBytes = payload.readUInt32LE(8);
  const authentication = payload.readUInt32LE(12);
  if (authentication > 1) throw malformed(`no authentication called ${authentication}`);
  const { blockTokens, blocks, ...known } = parse(payload.subarray(JSON_AT));
  const hello: Hello = blocks === null ? known : { ...known, blocks };
  return {
    hello,
    lowestVersion,
    highestVersion,
    maxPayloadBytes,
    hasSecret: authentication === 1,
    blockTokens,
  };
}

function parse(json: Buffer): z.infer<typeof helloJson> {
  try {
    return helloJson.parse(JSON.parse(json.toString('utf8')));
  } catch (error) {
    throw new WireError('malformed', 'the hello is not as it should be', { cause: error });
  }
}

/** @throws WireError `mismatch` when the two cannot work together */
export function assertFits(server: Hello, client: Hello, clientBlockTokens: number): void {
  if (server.role !== client.role)
    throw mismatch(`this port is for ${server.role} connections, not for ${client.role}`);
  if (client.shard !== null && client.shard !== server.shard)
    throw mismatch(`here is shard ${server.shard ?? 'none'}, not ${client.shard}`);
  if (clientBlockTokens !== BLOCK_TOKENS)
    throw mismatch(`blocks of ${clientBlockTokens} tokens do not fit those of ${BLOCK_TOKENS} here`);
  if (server.kv && client.kv && shapeText(server.kv) !== shapeText(client.kv))
    throw mismatch(`KV of ${shapeText(client.kv)} does not fit KV of ${shapeText(server.kv)} here`);
}

function shapeText({ layers, heads, kvHeads, headDim, type }: KvShape): string {
  return `${layers} layers, ${heads} heads, ${kvHeads} KV heads of ${headDim}, ${type}`;
}

function mismatch(message: string): WireError {
  return new WireError('mismatch', message);
}
