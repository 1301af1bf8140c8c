import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Claim, Counters } from '../../core/counters.ts';

const NOW = 1_000_000;
let made = 0;

/** Accounts that no other test uses: Redis keeps them. */
function fresh(): string {
  made += 1;
  return `test-${process.pid}-${made}`;
}

function claim(account: string, amount: number, limit = 100, bucket = 7, oldest = 7): Claim {
  return { account, amount, limit, bucket, oldest, seed: null };
}

/** What all counters must do alike. `open` gives several ends of the same counters. */
export function countersContract(
  name: string,
  open: () => Promise<{ readonly ends: readonly Counters[]; readonly close: () => Promise<void> }>,
  skip = false,
): void {
  describe.skipIf(skip)(name, () => {
    let ends: readonly Counters[];
    let close: () => Promise<void>;
    const end = (index = 0): Counters => {
      const found = ends[index % ends.length];
      if (!found) throw new Error('no counters');
      return found;
    };
    beforeAll(async () => {
      ({ ends, close } = await open());
    });
    afterAll(() => close());

    it('grants up to the limit, and again what was not used', async () => {
      const account = fresh();
      expect(await end().reserve('a', [claim(account, 60)], NOW, 1000)).toEqual({
        granted: true,
        balances: [{ account, used: 0, reserved: 0 }],
      });
      expect(await end(1).reserve('b', [claim(account, 41)], NOW, 1000)).toEqual({
        granted: false,
        unseeded: null,
        refused: { account, used: 0, reserved: 60 },
        freedBy: null,
      });
      await end().settle('a', [account], [{ account, amount: 10, bucket: 7 }]);
      expect(await end(1).reserve('b', [claim(account, 90)], NOW, 1000)).toMatchObject({ granted: true });
      expect(await end().read([{ account, oldest: 7 }], NOW)).toEqual([{ account, used: 10, reserved: 90 }]);
    });

    it('grants all claims of a call or none', async () => {
      const [one, two] = [fresh(), fresh()];
      const verdict = await end().reserve('a', [claim(one, 50), claim(two, 101)], NOW, 1000);
      expect(verdict).toMatchObject({ granted: false, refused: { account: two } });
      expect(await end().read([{ account: one, oldest: 7 }], NOW)).toEqual([
        { account: one, used: 0, reserved: 0 },
      ]);
    });

    it('forgets reservations that end, unless they are renewed', async () => {
      const account = fresh();
      await end().reserve('ends', [claim(account, 40)], NOW, 1000);
      await end().reserve('lasts', [claim(account, 50)], NOW, 1000);
      await end(1).renew(['lasts', 'unknown'], [account, fresh()], NOW + 5000);
      expect(await end().read([{ account, oldest: 7 }], NOW + 1000)).toEqual([
        { account, used: 0, reserved: 50 },
      ]);
    });

    it('lets old buckets go, and tells which must for a claim to fit', async () => {
      const account = fresh();
      for (const bucket of [5, 6, 7]) await end().settle(`s${bucket}`, [], [{ account, amount: 30, bucket }]);
      expect(await end().reserve('a', [claim(account, 60, 100, 7, 5)], NOW, 1000)).toEqual({
        granted: false,
        unseeded: null,
        refused: { account, used: 90, reserved: 0 },
        freedBy: 6,
      });
      expect(await end(1).reserve('a', [claim(account, 40, 100, 8, 6)], NOW, 1000)).toMatchObject({
        granted: true,
      });
    });

    it('takes what was used before once', async () => {
      const account = fresh();
      const asked = { ...claim(account, 1), seed: account };
      expect(await end().seeded(account)).toBe(false);
      expect(await end(1).reserve('a', [asked], NOW, 1000)).toEqual({ granted: false, unseeded: [account] });
      await end().seed(account, [
        { account, bucket: 6, amount: 5 },
        { account, bucket: 7, amount: 10 },
      ]);
      await end(1).seed(account, [{ account, bucket: 7, amount: 10 }]);
      expect(await end(2).seeded(account)).toBe(true);
      expect(await end().read([{ account, oldest: 7 }], NOW)).toEqual([{ account, used: 10, reserved: 0 }]);
      expect(await end(1).reserve('a', [asked], NOW, 1000)).toMatchObject({ granted: true });
    });

    it('is raised to what another source knows, and never lowered', async () => {
      const account = fresh();
      const total = (used: number) => ({ account, bucket: 7, oldest: 6, used });
      await end().reserve('a', [claim(account, 30)], NOW, 1000);
      await end().settle('s', [], [{ account, amount: 10, bucket: 6 }]);
      await end(1).raise([total(25)]);
      await end().raise([total(25), total(5)]);
      expect(await end(2).read([{ account, oldest: 6 }], NOW)).toEqual([{ account, used: 25, reserved: 30 }]);
      expect(await end(2).read([{ account, oldest: 7 }], NOW)).toEqual([{ account, used: 15, reserved: 30 }]);
    });

    it('lets the same be asked again', async () => {
      const account = fresh();
      await end().reserve('a', [claim(account, 60)], NOW, 1000);
      expect(await end(1).reserve('a', [claim(account, 60)], NOW, 1000)).toMatchObject({ granted: true });
      expect(await end().read([{ account, oldest: 7 }], NOW)).toEqual([{ account, used: 0, reserved: 60 }]);
    });

    it('never grants more than the limit, whatever is asked at once from everywhere', async () => {
      const account = fresh();
      const verdicts = await Promise.all(
        Array.from({ length: 1000 }, (_, i) =>
          end(i).reserve(`c${i}`, [claim(account, 7, 1000)], NOW, 60_000),
        ),
      );
      const granted = verdicts.flatMap(({ granted: yes }, i) => (yes ? [i] : []));
      expect(granted).toHaveLength(142);
      await Promise.all(
        granted.map((i) => end(i + 1).settle(`c${i}`, [account], [{ account, amount: 5, bucket: 7 }])),
      );
      expect(await end().read([{ account, oldest: 7 }], NOW)).toEqual([{ account, used: 710, reserved: 0 }]);
    });

    it('keeps used + reserved within the limit through any course', async () => {
      const step = fc.oneof(
        fc.record({ kind: fc.constant('reserve' as const), amount: fc.integer({ min: 0, max: 60 }) }),
        fc.record({
          kind: fc.constant('settle' as const),
          share: fc.integer({ min: 0, max: 4 }),
          which: fc.nat(),
        }),
        fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 800 }) }),
        fc.record({ kind: fc.constant('move' as const) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          const account = fresh();
          const open_ = new Map<string, { amount: number; until: number }>();
          const used = new Map<number, number>();
          let now = NOW;
          let bucket = 7;
          for (const [index, each] of steps.entries()) {
            const counted = [...used].reduce(
              (sum, [at, amount]) => (at >= bucket - 2 ? sum + amount : sum),
              0,
            );
            for (const [id, { until }] of open_) if (until <= now) open_.delete(id);
            const reserved = [...open_.values()].reduce((sum, { amount }) => sum + amount, 0);
            switch (each.kind) {
              case 'reserve': {
                const id = `p${index}`;
                const verdict = await end(index).reserve(
                  id,
                  [claim(account, each.amount, 100, bucket, bucket - 2)],
                  now,
                  1000,
                );
                expect(verdict.granted).toBe(counted + reserved + each.amount <= 100);
                if (verdict.granted) open_.set(id, { amount: each.amount, until: now + 1000 });
                break;
              }
              case 'settle': {
                const [id, held] = [...open_][each.which % Math.max(1, open_.size)] ?? [];
                if (id === undefined || !held) break;
                const amount = Math.floor((held.amount * each.share) / 4);
                await end(index).settle(id, [account], [{ account, amount, bucket }]);
                open_.delete(id);
                used.set(bucket, (used.get(bucket) ?? 0) + amount);
                break;
              }
              case 'wait':
                now += each.ms;
                break;
              case 'move':
                bucket += 1;
                break;
            }
          }
        }),
        { numRuns: 30 },
      );
    });
  });
}
