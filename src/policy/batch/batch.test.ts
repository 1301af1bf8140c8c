import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallError } from '../../core/errors.ts';
import { itemCallId, lineOf, newBatchId, remoteCustomId } from './ids.ts';
import { type InputLine, inputReader } from './input.ts';
import { pollPause, retryPause } from './pauses.ts';
import { isOpenAt, opensAt } from './windows.ts';

const NIGHT = [{ from: 22 * 60, to: 6 * 60 }];
const at = (text: string): number => Date.parse(text);

describe('hours of the day', () => {
  it('are those of the zone, also over midnight', () => {
    // Berlin is one hour ahead of UTC in November.
    expect(isOpenAt(NIGHT, 'Europe/Berlin', at('2026-11-24T20:59:59Z'))).toBe(false);
    expect(isOpenAt(NIGHT, 'Europe/Berlin', at('2026-11-24T21:00:00Z'))).toBe(true);
    expect(isOpenAt(NIGHT, 'Europe/Berlin', at('2026-11-25T04:59:59Z'))).toBe(true);
    expect(isOpenAt(NIGHT, 'Europe/Berlin', at('2026-11-25T05:00:00Z'))).toBe(false);
    expect(opensAt(NIGHT, 'Europe/Berlin', at('2026-11-24T12:00:30Z'))).toBe(at('2026-11-24T21:00:00Z'));
    expect(isOpenAt([], 'UTC', at('2026-11-24T12:00:00Z'))).toBe(true);
  });

  it('open at the right hour on days on which clocks are changed', () => {
    // On 29 March 2026 Berlin goes from UTC+1 to UTC+2, and on 25 October back.
    expect(opensAt(NIGHT, 'Europe/Berlin', at('2026-03-29T12:00:00Z'))).toBe(at('2026-03-29T20:00:00Z'));
    expect(opensAt(NIGHT, 'Europe/Berlin', at('2026-10-25T12:00:00Z'))).toBe(at('2026-10-25T21:00:00Z'));
    // There is no half past two that night.
    const lost = [{ from: 150, to: 170 }];
    expect(opensAt(lost, 'Europe/Berlin', at('2026-03-29T00:00:00Z'))).toBe(at('2026-03-30T00:30:00Z'));
  });

  it('are open when they say that they open', () => {
    const minute = fc.integer({ min: 0, max: 1439 });
    const zones = fc.constantFrom('UTC', 'Asia/Kolkata', 'America/St_Johns', 'Australia/Lord_Howe');
    fc.assert(
      fc.property(
        minute,
        minute,
        zones,
        fc.integer({ min: 0, max: 366 * 1440 }),
        (from, to, zone, minutes) => {
          fc.pre(from !== to);
          const now = at('2026-01-01T00:00:00Z') + minutes * 60_000;
          const opens = opensAt([{ from, to }], zone, now);
          expect(opens).not.toBeNull();
          expect(isOpenAt([{ from, to }], zone, opens ?? 0)).toBe(true);
          if (opens !== now) expect(isOpenAt([{ from, to }], zone, (opens ?? 0) - 60_000)).toBe(false);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('pauses', () => {
  const limited = new CallError('rate_limited', 'x', { retryAfterMs: 60_000 });

  it('are made for what may pass, and end', () => {
    expect(retryPause(limited, 0, 5, 0)).toBe(60_000);
    expect(retryPause(new CallError('upstream_error', 'x'), 1, 5, 0)).toBe(5_000);
    expect(retryPause(new CallError('upstream_error', 'x'), 20, 50, 1)).toBe(600_000);
    expect(retryPause(limited, 4, 5, 0)).toBeNull();
    expect(retryPause(new CallError('invalid_request', 'x'), 0, 5, 0)).toBeNull();
    expect(retryPause(new CallError('over_budget', 'x'), 0, 5, 0)).toBeNull();
  });

  it('between looks grow up to their most', () => {
    const looks = [0, 1, 2, 50, 10_000].map((polls) =>
      pollPause({ pollMs: 10_000, pollMaxMs: 300_000 }, polls),
    );
    expect(looks).toEqual([10_000, 15_000, 22_500, 300_000, 300_000]);
  });
});

describe('ids', () => {
  it('of calls are the same for the same try of the same line, and UUIDv7', () => {
    const id = itemCallId('batch_1', 7, 0, 1_800_000_000_000);
    expect(itemCallId('batch_1', 7, 0, 1_800_000_000_000)).toBe(id);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const others = [
      itemCallId('batch_1', 8, 0, 0),
      itemCallId('batch_1', 7, 1, 0),
      itemCallId('batch_2', 7, 0, 0),
    ];
    expect(new Set([...others, itemCallId('batch_1', 7, 0, 0)]).size).toBe(4);
  });

  it('at a provider lead back to the line of their own submission', () => {
    expect(lineOf('abc', remoteCustomId('abc', 12))).toBe(12);
    for (const other of ['abd-12', 'abc-', 'abc-x', 'abc-0', 'abc--1', 'abc12'])
      expect(lineOf('abc', other)).toBeNull();
    expect(newBatchId(1) < newBatchId(2)).toBe(true);
  });
});

describe('an input file', () => {
  const good = (id: string): string =>
    JSON.stringify({ custom_id: id, method: 'POST', url: '/v1/embeddings', body: { model: 'm', input: id } });

  function read(text: string, cut: (text: string) => readonly string[] = (whole) => [whole]): InputLine[] {
    const reader = inputReader('batch_1', '/v1/embeddings', 10_000);
    return [...cut(text).flatMap((piece) => reader.push(piece)), ...reader.end()];
  }

  it('is read the same however it is cut', () => {
    const text = [good('a'), '', 'wrong', good('b'), good('a')].join('\r\n');
    const whole = read(text);
    expect(whole.map(({ right, wrong }) => right?.customId ?? wrong?.line)).toEqual(['a', 3, 'b', 5]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: text.length })), (cuts) => {
        const sorted = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = sorted.slice(1).map((end, index) => text.slice(sorted[index], end));
        expect(read(text, () => pieces)).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  it('never throws, and answers each wrong line as OpenAI does', () => {
    const line = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ custom_id: fc.anything(), method: fc.anything(), url: fc.anything(), body: fc.anything() })
        .map((value) =>
          JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? null : each)),
        ),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        for (const { wrong } of read(lines.join('\n'))) {
          if (!wrong) continue;
          expect(JSON.parse(wrong.result)).toMatchObject({
            response: null,
            error: { code: expect.any(String) },
          });
        }
      }),
      { numRuns: 100 },
    );
    const deep = `{"custom_id":"d","method":"POST","url":"/v1/embeddings","body":{"model":"m","input":${'['.repeat(4000)}${']'.repeat(4000)}}}`;
    expect(read(deep)).toHaveLength(1);
    expect(read(good('x'.repeat(20_000)))[0]?.wrong?.result).toContain('line_too_long');
    expect(read(good('bad\u0000id'))[0]?.wrong?.result).toContain('custom_id');
  });

  it('asks for no streams', () => {
    const line = {
      custom_id: 's',
      method: 'POST',
      url: '/v1/embeddings',
      body: { model: 'm', stream: true },
    };
    expect(read(JSON.stringify(line))[0]?.right?.request).toBe('{"model":"m"}');
  });
});
