/**
 * The wire, version 1. All numbers are little-endian; f32 is IEEE 754; texts are UTF-8.
 *
 * A connection is a stream of frames, each way. Every frame starts at a multiple of 8 bytes of its stream, so that
 * arrays in it can be read in place:
 *
 * | offset | type     |                                                                                |
 * |--------|----------|--------------------------------------------------------------------------------|
 * | 0      | u32      | n, bytes of the payload                                                        |
 * | 4      | u16      | frame type                                                                     |
 * | 6      | u8       | version of the protocol; 0 in the frames of the handshake, which never change  |
 * | 7      | u8       | 0                                                                              |
 * | 8      | u8[n]    | payload                                                                        |
 * | 8 + n  | u8[0..7] | padding to a multiple of 8, ignored                                            |
 *
 * A reader closes the connection when n is more than it said it takes, before it sets memory aside for the payload.
 *
 * Handshake. The client sends HELLO, the server answers HELLO, the client sends PROOF, the server checks it and the
 * client's hello and answers PROOF. Until then at most HANDSHAKE_FRAME_BYTES a frame; REJECT may come instead of any
 * answer, and the connection ends.
 *
 * | type | frame  | payload                                                                                        |
 * |------|--------|------------------------------------------------------------------------------------------------|
 * | 1    | HELLO  | u32 magic "ILLM", u16 lowest and u16 highest version, u32 largest payload that its sender takes, |
 * |      |        | u32 authentication (0 none, 1 HMAC-SHA-256), u8[32] nonce, JSON of what `Hello` (hello.ts) holds |
 * | 2    | PROOF  | u8[32] HMAC-SHA-256 of the shared secret, see proof.ts                                         |
 * | 3    | REJECT | u32 code (index in WIRE_ERROR_CODES), text                                                     |
 * | 4    | PING   | nothing; answered by PONG                                                                      |
 * | 5    | PONG   | nothing                                                                                        |
 * | 6    | BYE    | u32 code, text: why the sender closes                                                          |
 *
 * Data plane (role `data`): a runner, the client, works on the shard of the server. Types, layouts: data/messages.ts.
 *
 * | type | frame    | from   | payload                                                                               |
 * |------|----------|--------|---------------------------------------------------------------------------------------|
 * | 32   | BEGIN    | client | u32 step, u32 rows, u32 jobs, u32 writes; each job: u32 firstRow, u32 rowCount,       |
 * |      |          |        | u32 tokens, u32 base, u32 kept, u32 added, i32[added] blocks; i32[writes] blocks,     |
 * |      |          |        | i32[writes] slots. A job's blocks are the first `kept` of job `base` of the step      |
 * |      |          |        | before, then the added ones.                                                          |
 * | 33   | ATTEND   | client | u32 step, u32 layer, f32[rows, heads, headDim] q; answered by PARTIALS                |
 * | 34   | APPEND   | client | u32 step, u32 layer, f32[writes, kvHeads, headDim] k, the same of v; no answer        |
 * | 35   | END      | client | u32 step, u32 0; answered by ENDED                                                    |
 * | 36   | READ     | client | u32 request, u32 block; answered by BLOCK                                             |
 * | 37   | WRITE    | client | u32 request, u32 block, u8[] bytes; answered by WRITTEN                               |
 * | 49   | PARTIALS | server | u32 step, u32 layer, f32[rows, heads] m, f32[rows, heads] e, f32[rows, heads, headDim] ma |
 * | 51   | ENDED    | server | u32 step, u32 0                                                                       |
 * | 52   | BLOCK    | server | u32 request, u32 block, u8[] bytes                                                    |
 * | 53   | WRITTEN  | server | u32 request, u32 block                                                                |
 *
 * Control plane (role `control`): types from CONTROL_TYPES up, JSON payloads (json.ts), by src/engine/cluster/managers/.
 *
 * Without TLS the handshake keeps strangers out, but not someone who can change packets on their way: off a trusted
 * network use TLS, to which the proofs are then bound.
 */
export const VERSIONS = { lowest: 1, highest: 1 } as const;

export const HEADER_BYTES = 8;

export const FRAME = {
  HELLO: 1,
  PROOF: 2,
  REJECT: 3,
  PING: 4,
  PONG: 5,
  BYE: 6,
  BEGIN: 32,
  ATTEND: 33,
  APPEND: 34,
  END: 35,
  READ: 36,
  WRITE: 37,
  PARTIALS: 49,
  ENDED: 51,
  BLOCK: 52,
  WRITTEN: 53,
} as const;

/** Frame types below are the layer's own: no caller sends them, none reaches a caller. */
export const FIRST_FREE_TYPE = 32;
/** The control plane's frame types start here. */
export const CONTROL_TYPES = 256;

export const HANDSHAKE_FRAME_BYTES = 4096;

/** Payload and padding. */
export function paddedBytes(payloadBytes: number): number {
  return (payloadBytes + 7) & ~7;
}

/** A whole frame: header written, padding zero, payload as it comes from HEADER_BYTES on. */
export function newFrame(type: number, payloadBytes: number): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + paddedBytes(payloadBytes));
  writeHeader(frame, type, payloadBytes);
  if ((payloadBytes & 7) !== 0) frame.fill(0, HEADER_BYTES + payloadBytes);
  return frame;
}

export function writeHeader(frame: Buffer, type: number, payloadBytes: number): void {
  frame.writeUInt32LE(payloadBytes, 0);
  frame.writeUInt16LE(type, 4);
  frame[6] = 0;
  frame[7] = 0;
}
