import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Partials } from '../../../ports.ts';
import { encodeHello, type Hello } from '../hello.ts';
import { FRAME } from '../layout.ts';
import { DATA_LIMITS } from '../peer.ts';
import { RawClient, rawFrame } from '../testing/raw-client.contract.ts';
import {
  cleanUpAfterEach,
  join,
  KV,
  localShard,
  numbers,
  runSteps,
  type Sequence,
  serve,
  stepOf,
} from '../testing/shard-rig.contract.ts';
import { appendFrame, attendFrame, blockFrame, prefixFrame } from './messages.ts';
import type { RemoteShard } from './remote-shard.ts';
import { StepEncoder } from './step-encoder.ts';

cleanUpAfterEach();

const COUNTS = [66, 2];
const honestly: Sequence = { blocks: Int32Array.of(0, 1, 2), seed: 1, length: 0 };
const badly: Sequence = { blocks: Int32Array.of(8, 9, 10), seed: 2, length: 0 };
const badHello: Hello = { role: 'data', instance: 'bad', shard: 'lender/0', kv: KV };
const mayUse = (instance: string, block: number): boolean => (instance === 'bad' ? block >= 8 : block < 8);

/** A whole step with all kinds of frames, as its bytes. */
function session(): Buffer {
  const encoder = new StepEncoder();
  const frames: Buffer[] = [];
  let sequence = badly;
  for (const [number, count] of [3, 2].entries()) {
    frames.push(encoder.encode(number, stepOf(sequence, count)));
    for (let layer = 0; layer < KV.layers; layer++) {
      if (number > 0) frames.push(attendFrame(number, layer, numbers(sequence, count, 0, 32)));
      const k = numbers(sequence, count, 1, 16);
      frames.push(appendFrame(number, layer, k, k));
    }
    frames.push(prefixFrame(FRAME.END, number, 0));
    sequence = { ...sequence, length: sequence.length + count };
  }
  frames.push(prefixFrame(FRAME.READ, 1, 8), blockFrame(FRAME.WRITE, 2, 9, new Uint8Array(64)));
  for (const frame of frames) frame[6] = 1;
  return Buffer.concat(frames);
}

interface Target {
  readonly port: number;
  /** Works on, and checks that all is as it should be. */
  readonly check: () => Promise<void>;
}

async function target(): Promise<Target> {
  const want: Partials[] = await runSteps(localShard(), honestly, COUNTS);
  const limits = { ...DATA_LIMITS, maxPayloadBytes: 2 ** 20, handshakeTimeoutMs: 200 };
  const server = await serve(localShard(), { leases: { mayUse, version: 0 }, limits });
  const honest: RemoteShard = await join(server.port, { instance: 'good' });
  return {
    port: server.port,
    async check() {
      expect(await runSteps(honest, honestly, COUNTS)).toEqual(want);
    },
  };
}

/** Sends bytes and ends; comes back once the server has let go. */
async function attack(raw: RawClient, bytes: Uint8Array): Promise<void> {
  raw.write(bytes);
  raw.socket.end();
  await raw.end();
}

const mutation = fc.record({
  flips: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
  cut: fc.option(fc.nat(), { freq: 3 }),
  repeat: fc.boolean(),
});

function mutated(
  original: Buffer,
  { flips, cut, repeat }: typeof mutation extends fc.Arbitrary<infer T> ? T : never,
) {
  const bytes = Buffer.from(original);
  for (const [at, value] of flips) bytes[at % bytes.length] = value;
  const part = cut === null ? bytes : bytes.subarray(0, cut % bytes.length);
  return repeat ? Buffer.concat([part, part]) : part;
}

describe('while others send nonsense, a peer is served as ever', () => {
  it('random bytes', async () => {
    const { port, check } = await target();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const attacked = attack(await RawClient.open(port), bytes);
        await check();
        await attacked;
      }),
      { numRuns: 60 },
    );
  });

  it('hellos that were changed, cut or sent again', async () => {
    const { port, check } = await target();
    const hello = rawFrame(FRAME.HELLO, encodeHello(badHello, 2 ** 20, true), 0);
    await fc.assert(
      fc.asyncProperty(mutation, async (how) => {
        const raw = await RawClient.open(port);
        const attacked = attack(raw, mutated(hello, how));
        await check();
        await attacked;
        expect(raw.frames.map(({ type }) => type)).not.toContain(FRAME.PROOF);
      }),
      { numRuns: 60 },
    );
  });

  it('steps that were changed, cut or sent again, of a peer that has the secret', async () => {
    const { port, check } = await target();
    const whole = session();
    await fc.assert(
      fc.asyncProperty(mutation, async (how) => {
        const raw = await RawClient.open(port);
        await raw.shakeHands(badHello, 's');
        const attacked = attack(raw, mutated(whole, how));
        await check();
        await attacked;
      }),
      { numRuns: 120 },
    );
  });

  it('any frames, of a peer that has the secret', async () => {
    const { port, check } = await target();
    const frame = fc.record({
      type: fc.oneof(fc.nat(60), fc.nat(65_535)),
      words: fc.array(fc.oneof(fc.nat(12), fc.nat(0xffff_ffff)), { maxLength: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 5 }), async (frames) => {
        const raw = await RawClient.open(port);
        await raw.shakeHands(badHello, 's');
        const bytes = frames.map(({ type, words }) =>
          rawFrame(type, Buffer.from(Uint32Array.from(words).buffer), 1),
        );
        const attacked = attack(raw, Buffer.concat(bytes));
        await check();
        await attacked;
      }),
      { numRuns: 120 },
    );
  });

  it('frames that announce far more than they may', async () => {
    const { port, check } = await target();
    const raw = await RawClient.open(port);
    await raw.shakeHands(badHello, 's');
    const header = rawFrame(FRAME.ATTEND, Buffer.alloc(0), 1);
    header.writeUInt32LE(2 ** 20 + 1, 0);
    raw.write(header);
    const bye = await raw.next();
    expect(bye?.payload.subarray(4).toString()).toMatch(/1048577 bytes is announced, more than 1048576/);
    await raw.end();
    await check();
  });

  it('a valid session is one that is not closed', async () => {
    const { port, check } = await target();
    const raw = await RawClient.open(port);
    await raw.shakeHands(badHello, 's');
    raw.write(session().subarray(0, -(8 + 8 + 64)));
    const types: (number | undefined)[] = [];
    for (let count = 0; count < 5; count++) types.push((await raw.next())?.type);
    expect(types).toEqual([FRAME.ENDED, FRAME.PARTIALS, FRAME.PARTIALS, FRAME.ENDED, FRAME.BLOCK]);
    expect(raw.closed).toBe(false);
    await check();
  });
});
