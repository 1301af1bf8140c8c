import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../core/secret.ts';
import { createKeyPool, type KeyPool } from './key-pool.ts';
import { formatRest, type KeyRest, parseRest } from './key-rest.ts';

const MODEL = 'gpt-4o';
const [A, B, C] = [new Secret('sk-a'), new Secret('sk-b'), new Secret('sk-c')] as const;

function pool(keys: readonly Secret[] = [A, B]) {
  let now = 1_800_000_000_000;
  const told: KeyRest[] = [];
  const clock = { now: () => now, ticks: () => now, sleep: () => Promise.resolve() };
  const keyPool = createKeyPool(
    keys,
    clock,
    () => 0.5,
    (rest) => void told.push(rest),
  );
  return { keyPool, told, pass: (ms: number) => void (now += ms) };
}

function taken(keyPool: KeyPool, model = MODEL): Secret | null {
  const lease = keyPool.take(model);
  lease?.release();
  return lease?.key ?? null;
}

describe('a key pool', () => {
  it('spreads calls in turn', () => {
    const { keyPool } = pool([A, B, C]);
    expect([1, 2, 3, 4].map(() => taken(keyPool))).toEqual([A, B, C, A]);
  });

  it('prefers the key with fewest calls under way', () => {
    const { keyPool } = pool();
    const first = keyPool.take(MODEL);
    const second = keyPool.take(MODEL);
    expect([first?.key, second?.key]).toEqual([A, B]);
    second?.release();
    expect(keyPool.take(MODEL)?.key).toBe(B);
  });

  it('lets a limited key rest for as long as it was told, for that model only', () => {
    const { keyPool, pass } = pool();
    expect(keyPool.limited(A, MODEL, 3000)).toBe(3000);
    expect([1, 2].map(() => taken(keyPool))).toEqual([B, B]);
    expect([1, 2].map(() => taken(keyPool, 'other'))).toContain(A);
    pass(2999);
    expect(taken(keyPool)).toBe(B);
    pass(1);
    expect([1, 2].map(() => taken(keyPool))).toContain(A);
  });

  it('says when the first of all resting keys is ready', () => {
    const { keyPool, pass } = pool();
    keyPool.limited(A, MODEL, 5000);
    keyPool.limited(B, null, 2000);
    expect(taken(keyPool)).toBeNull();
    expect(keyPool.readyInMs(MODEL)).toBe(2000);
    pass(2000);
    expect(keyPool.readyInMs(MODEL)).toBe(0);
    expect(taken(keyPool)).toBe(B);
  });

  it('backs off by itself when it was told nothing, for longer each time, until the key works', () => {
    const { keyPool } = pool([A]);
    const rests = [1, 2, 3].map(() => keyPool.limited(A, MODEL, null));
    expect(rests).toEqual([750, 1500, 3000]);
    for (let i = 0; i < 10; i++) expect(keyPool.limited(A, MODEL, null)).toBeLessThanOrEqual(60_000);
    keyPool.worked(A, MODEL);
    expect(keyPool.limited(A, MODEL, null)).toBe(750);
  });

  it('lets a key that never worked rest for minutes when it is refused, one that has worked only briefly at first', () => {
    const { keyPool } = pool();
    expect(keyPool.refused(A, null)).toBe(300_000);
    keyPool.worked(B, MODEL);
    expect([1, 2, 3].map(() => keyPool.refused(B, null))).toEqual([1000, 4000, 16_000]);
    expect(keyPool.allRefused(MODEL)).toBe(true);
  });

  it('tells limits from refusals', () => {
    const { keyPool } = pool();
    keyPool.refused(A, MODEL);
    keyPool.limited(B, MODEL, 1000);
    expect(keyPool.allRefused(MODEL)).toBe(false);
    expect(keyPool.allRefused('other')).toBe(false);
  });

  it('never rests for more than an hour, whatever it is told', () => {
    const { keyPool } = pool([A]);
    expect(keyPool.limited(A, MODEL, 1e12)).toBe(3_600_000);
    keyPool.learn({ fingerprint: A.fingerprint, model: null, until: Number.MAX_SAFE_INTEGER, refused: true });
    expect(keyPool.readyInMs(MODEL)).toBeLessThanOrEqual(3_600_000);
  });

  it('spares a key that is nearly used up while another is ready, and uses it otherwise', () => {
    const { keyPool } = pool();
    keyPool.exhausted(A, MODEL, 1000);
    expect([1, 2].map(() => taken(keyPool))).toEqual([B, B]);
    keyPool.exhausted(B, MODEL, 1000);
    expect(taken(keyPool)).toBe(B);
  });

  it('tells others of a rest by the fingerprint, and takes over theirs', () => {
    const ours = pool();
    ours.keyPool.limited(A, MODEL, 3000);
    const message = formatRest('openai', ours.told[0]!);
    expect(message).not.toContain('sk-a');
    const theirs = pool([B, A]);
    const rest = parseRest('openai', message);
    expect(parseRest('another', message)).toBeNull();
    theirs.keyPool.learn(rest!);
    expect([1, 2].map(() => taken(theirs.keyPool))).toEqual([B, B]);
    expect(theirs.told).toEqual([]);
  });

  it('shows its keys by fingerprint', () => {
    const { keyPool } = pool();
    keyPool.limited(A, MODEL, 3000);
    expect(keyPool.health()).toEqual([
      { fingerprint: A.fingerprint, state: 'cooling', until: '2027-01-15T08:00:03.000Z' },
      { fingerprint: B.fingerprint, state: 'ready', until: null },
    ]);
  });

  it('never lends a resting key, and always one when any is ready', () => {
    const key = fc.constantFrom(A, B, C);
    const model = fc.constantFrom('x', 'y');
    const step = fc.oneof(
      fc.record({ do: fc.constant('limit' as const), key, model: fc.option(model), ms: fc.nat(5000) }),
      fc.record({ do: fc.constant('refuse' as const), key, model: fc.option(model) }),
      fc.record({ do: fc.constant('work' as const), key, model }),
      fc.record({ do: fc.constant('pass' as const), ms: fc.nat(4000) }),
      fc.record({ do: fc.constant('take' as const), model }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { keyPool, pass } = pool([A, B, C]);
        for (const each of steps) {
          if (each.do === 'limit') keyPool.limited(each.key, each.model, each.ms);
          else if (each.do === 'refuse') keyPool.refused(each.key, each.model);
          else if (each.do === 'work') keyPool.worked(each.key, each.model);
          else if (each.do === 'pass') pass(each.ms);
          else {
            const ready = keyPool.readyInMs(each.model) === 0;
            const lent = taken(keyPool, each.model);
            expect(lent !== null).toBe(ready);
          }
        }
      }),
    );
  });
});

describe('parseRest', () => {
  it('takes any text and never fails', () => {
    expect(
      parseRest('openai', '{"provider":"openai","fingerprint":1,"model":null,"until":1,"refused":true}'),
    ).toBeNull();
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        parseRest('openai', text);
      }),
    );
  });
});
