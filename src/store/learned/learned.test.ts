import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshPgliteDirectory } from '../../../test/services/pglite.ts';
import { uuidv7 } from '../../core/ids.ts';
import { CLEARED, DROPPED, type LearnedEvent } from '../../core/learned.ts';
import { migrate } from '../migrate.ts';
import { openPglite } from '../sql/pglite.ts';
import type { Sql } from '../sql/sql.ts';
import { createLearned, deleteExpired } from './learned.ts';
import { createPrefixHistory, deleteOldBeginnings } from './prefix-history.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const HOUR = 3_600_000;
let directory: string;
let sql: Sql;

beforeAll(async () => {
  directory = await freshPgliteDirectory();
  sql = await openPglite(directory);
  await migrate(sql);
});
afterAll(async () => {
  await sql.close();
  rmSync(directory, { recursive: true, force: true });
});

function event(change: Partial<LearnedEvent> = {}): LearnedEvent {
  const id = uuidv7(NOW);
  return {
    id,
    type: 'compared',
    at: NOW,
    entry: null,
    scope: 's',
    expiresAt: null,
    bytes: 0,
    data: '{}',
    ...change,
  };
}

function answer(change: Partial<LearnedEvent> = {}): LearnedEvent {
  return event({ type: 'answer', entry: uuidv7(NOW), expiresAt: NOW + HOUR, bytes: 100, ...change });
}

describe('what was learnt', () => {
  it('is read back in one order, whatever words it holds, and counts once however often it is written', async () => {
    const learned = createLearned(sql);
    const data = JSON.stringify({ text: '\u0000 \ud800 \u{1f600} \\u0000 "\n' });
    const events = [event({ data }), answer(), event({ scope: 't' })];
    await learned.append('one', events);
    await learned.append('one', [...events, event()]);
    await learned.append('other', [event()]);
    const rows = await learned.read('one', { limit: 10 });
    expect(rows).toHaveLength(4);
    expect(rows.slice(0, 3)).toMatchObject(events);
    const [first, second] = rows;
    expect(await learned.read('one', { after: first!.seq, limit: 1 })).toEqual([second]);
    expect(await learned.read('one', { types: ['answer'], newestFirst: true, limit: 9 })).toEqual([second]);
    expect(await learned.read('one', { entries: [second!.entry!], limit: 9 })).toEqual([second]);
    expect(await learned.read('one', { before: second!.seq, limit: 9 })).toEqual([first]);
    expect(await learned.read('one', { liveAt: NOW + HOUR, types: ['answer'], limit: 9 })).toEqual([]);
    expect(await learned.head('one')).toBe(rows.at(-1)?.seq);
    expect(await learned.head('nothing')).toBe(0);
  });

  it('is numbered in the order in which it becomes visible, when many write at once', async () => {
    const learned = createLearned(sql);
    const seen: number[] = [];
    let after = 0;
    const look = async (): Promise<void> => {
      for (const { seq } of await learned.read('many', { after, limit: 1000 })) seen.push(seq);
      after = seen.at(-1) ?? 0;
    };
    await Promise.all(
      Array.from({ length: 30 }, async () => {
        await learned.append('many', [event(), event()]);
        await look();
      }),
    );
    await look();
    expect(new Set(seen).size).toBe(60);
  });

  it('is forgotten by entry, or all of it that expires; what was under way then is not kept', async () => {
    const learned = createLearned(sql);
    const [one, two] = [answer(), answer()];
    const question = answer({ type: 'question', entry: two.entry });
    await learned.append('gone', [one, two, question, event({ entry: one.entry })]);
    await learned.append('gone', [event({ type: DROPPED, entry: one.entry })]);
    const types = async () => (await learned.read('gone', { limit: 10 })).map(({ type }) => type);
    expect(await types()).toEqual(['answer', 'question', 'compared', DROPPED]);
    const cleared = event({ type: CLEARED, at: NOW + 5 });
    expect(await learned.clear('gone', cleared, false)).toBe(1);
    expect(await types()).toEqual(['compared', DROPPED, CLEARED]);
    await learned.append('gone', [answer({ at: NOW + 5 }), event({ at: NOW + 5 }), answer({ at: NOW + 6 })]);
    expect(await types()).toEqual(['compared', DROPPED, CLEARED, 'compared', 'answer']);
    expect(await learned.clear('gone', event({ type: CLEARED, at: NOW + 7 }), true)).toBe(1);
    expect(await types()).toEqual([CLEARED]);
  });

  it('is kept in bounds: by time, by number and by bytes, the newest of each scope', async () => {
    const learned = createLearned(sql);
    const answers = Array.from({ length: 6 }, () => answer());
    const [old, ...live] = answers;
    await learned.append('full', [{ ...old!, expiresAt: NOW - 1 }, ...live]);
    await learned.append('full', [
      ...Array.from({ length: 5 }, () => event({ scope: 'a' })),
      ...Array.from({ length: 3 }, () => event({ scope: 'b' })),
      event({ type: DROPPED, at: NOW - 2 * HOUR }),
    ]);
    const limits = { now: NOW, maxEvents: 4, maxBytes: 300, maxOfScope: 3, maxOthers: 5 };
    await learned.sweep('full', limits);
    const rows = await learned.read('full', { limit: 100 });
    expect(rows.filter(({ type }) => type === 'answer').map(({ id }) => id)).toEqual(
      answers.slice(3).map(({ id }) => id),
    );
    expect(rows.filter(({ type }) => type === 'compared').map(({ scope }) => scope)).toEqual([
      'a',
      'a',
      'b',
      'b',
      'b',
    ]);
    expect(rows.some(({ type }) => type === DROPPED)).toBe(false);
    await deleteExpired(sql, NOW + 2 * HOUR);
    expect((await learned.read('full', { limit: 100 })).every(({ expiresAt }) => expiresAt === null)).toBe(
      true,
    );
  });
});

describe('beginnings of prompts', () => {
  it('are added up, the older counting half when they are many, and forgotten when they come no more', async () => {
    const prefixes = createPrefixHistory(sql);
    const seen = {
      key: 'f a',
      lastAt: NOW,
      meanGapMs: null,
      reads5m: 3,
      reads1h: 4,
      writes5m: 2,
      writes1h: 1,
    };
    expect(await prefixes.add([seen])).toEqual([seen]);
    const later = { ...seen, lastAt: NOW + 5, meanGapMs: 7 };
    const twice = { ...later, reads5m: 6, reads1h: 8, writes5m: 4, writes1h: 2 };
    expect(await prefixes.add([later])).toEqual([twice]);
    const many = {
      ...later,
      lastAt: NOW,
      meanGapMs: null,
      reads5m: 0,
      reads1h: 246,
      writes5m: 0,
      writes1h: 0,
    };
    const halved = { ...later, reads5m: 3, reads1h: 127, writes5m: 2, writes1h: 1 };
    expect(await prefixes.add([many])).toEqual([halved]);
    expect(await prefixes.newest(NOW, 10)).toEqual([halved]);
    expect(await prefixes.newest(NOW + 5, 10)).toEqual([]);
    await deleteOldBeginnings(sql, NOW + 8 * 24 * HOUR);
    expect(await prefixes.newest(0, 10)).toEqual([]);
  });
});
