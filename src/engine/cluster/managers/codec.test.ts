import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkIntro, checkMessage, wireMessage } from './codec.ts';
import type { Message } from './messages.ts';

const number = fc.nat({ max: 1e9 });
const blocks = fc
  .uniqueArray(fc.nat({ max: 300 }), { maxLength: 60 })
  .map((all) => all.sort((a, b) => a - b));
const name = fc.string({ minLength: 1, maxLength: 50 });
const leases = fc.array(fc.record({ lease: number, blocks }), { maxLength: 5 });
const offers = fc.array(fc.record({ instance: name, blocks: number }), { maxLength: 5 });
const address = { host: name, port: fc.integer({ min: 1, max: 65_535 }) };

const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ type: fc.constant('peers' as const), addresses: fc.array(fc.record(address)) }),
  fc.record({ type: fc.constant('pulse' as const), summary: fc.constant(null) }),
  fc.record({
    type: fc.constant('state' as const),
    sequence: number,
    full: fc.boolean(),
    changes: fc.array(fc.tuple(name, fc.option(fc.array(number, { maxLength: 6 })))),
  }),
  fc.record({ type: fc.constant('creditors' as const), offers }),
  fc.record({ type: fc.constant('plan' as const), moves: offers }),
  fc.record({ type: fc.constant('lease' as const), session: number, request: number, blocks: number }),
  fc.record({
    type: fc.constant('grant' as const),
    session: number,
    request: number,
    parts: fc.array(fc.record({ lease: number, shard: name, ...address, blocks }), { maxLength: 4 }),
  }),
  fc.record({ type: fc.constant('release' as const), leases }),
  fc.record({ type: fc.constant('renew' as const), session: number, closed: number, held: leases }),
  fc.record({ type: fc.constant('gone' as const), session: number }),
  fc.record({ type: fc.constant('bye' as const) }),
);

describe('control messages', () => {
  it('arrive as they were sent', () => {
    fc.assert(
      fc.property(message, (sent) => {
        expect(checkMessage(JSON.parse(JSON.stringify(wireMessage(sent))))).toEqual(sent);
      }),
      { numRuns: 500 },
    );
  });

  it('say runs of blocks in few words', () => {
    const all = Array.from({ length: 16_384 }, (_, at) => at);
    const renew = { type: 'renew', session: 1, closed: 2, held: [{ lease: 3, blocks: all }] } as const;
    expect(JSON.stringify(wireMessage(renew)).length).toBeLessThan(100);
  });

  it('are refused when they are none, or would take all memory', () => {
    const bad = [
      null,
      {},
      { type: 'nonsense' },
      { type: 'gone', session: -1 },
      { type: 'gone', session: 1.5 },
      { type: 'release', leases: [{ lease: 1, blocks: [0, 2 ** 40] }] },
      { type: 'release', leases: [{ lease: 1, blocks: [0, 999_999, 0, 999_999] }] },
      { type: 'plan', moves: [{ instance: '', blocks: 1 }] },
    ];
    for (const value of bad) expect(() => checkMessage(value)).toThrow();
    expect(() => checkIntro({ instance: 'a', role: 'boss' })).toThrow();
  });

  it('never make the parser fail in another way than by refusing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          checkMessage(value);
        } catch (error) {
          expect((error as Error).name).toBe('ZodError');
        }
      }),
      { numRuns: 500 },
    );
  });
});
