import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshPgliteDirectory } from '../../../test/services/pglite.ts';
import type { ArmSums } from '../../core/experiment.ts';
import type { Feedback } from '../../core/feedback.ts';
import { migrate } from '../migrate.ts';
import { openPglite } from '../sql/pglite.ts';
import type { Sql } from '../sql/sql.ts';
import { createExperiments } from './experiments.ts';
import { createFeedback } from './feedback.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const target = { provider: 'openai', model: 'gpt-4o' };
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

function given(call: number, change: Partial<Feedback> = {}): Feedback {
  return {
    callId: `01938c6e-1111-7000-8000-${String(call).padStart(12, '0')}`,
    at: NOW,
    score: 1,
    comment: null,
    task: 'code',
    requestedModel: 'fast',
    target,
    keyId: null,
    ...change,
  };
}

describe('feedback', () => {
  it('is summed up by target and task, and a later one takes the place of the earlier', async () => {
    const feedback = createFeedback(sql);
    expect(await feedback.put(given(1))).toBeNull();
    expect(await feedback.put(given(2, { score: 0.25 }))).toBeNull();
    const code = { requestedModel: 'fast', target, task: 'code' };
    expect(await feedback.sums()).toEqual([{ ...code, count: 2, scoreSum: 1.25 }]);
    expect(await feedback.put(given(1, { score: 0, task: 'chat' }))).toEqual({ score: 1, task: 'code' });
    expect(await feedback.put(given(2, { score: 0.5 }))).toEqual({ score: 0.25, task: 'code' });
    expect(await feedback.sums()).toEqual(
      expect.arrayContaining([
        { ...code, count: 1, scoreSum: 0.5 },
        { ...code, task: 'chat', count: 1, scoreSum: 0 },
      ]),
    );
  });

  it('stays right when the same call is rated many times at once', async () => {
    const feedback = createFeedback(sql);
    const task = 'at-once';
    await Promise.all(
      Array.from({ length: 20 }, (_, at) => feedback.put(given(3, { score: at / 20, task }))),
    );
    const [row] = (await feedback.sums()).filter((sum) => sum.task === task);
    const [kept] = await sql.query<{ score: string }>('select score from illm.feedback where call_id = $1', [
      given(3).callId,
    ]);
    expect(row).toMatchObject({ count: 1, scoreSum: Number(kept?.score) });
  });

  it('takes any words', async () => {
    const feedback = createFeedback(sql);
    const requestedModel = `x'"; drop table illm.feedback; -- ${'é'.repeat(3000)}`;
    await feedback.put(given(4, { requestedModel, comment: '\u{1f600}\n', task: 'odd' }));
    expect((await feedback.sums()).find((sum) => sum.task === 'odd')?.requestedModel).toBe(requestedModel);
  });
});

describe('experiments', () => {
  const sums = (count: number, sum: number): ArmSums => ({ count, sum, squares: sum });

  it('are added up, and end once', async () => {
    const experiments = createExperiments(sql);
    const delta = { key: 'fast/trial#1', metric: 'success' as const, a: sums(3, 2), b: sums(1, 0) };
    expect(await experiments.add([delta], NOW)).toMatchObject([{ a: sums(3, 2), b: sums(1, 0) }]);
    expect(await experiments.add([delta], NOW + 1)).toMatchObject([
      {
        key: delta.key,
        status: 'running',
        startedAt: new Date(NOW).toISOString(),
        a: sums(6, 4),
        b: sums(2, 0),
      },
    ]);
    expect(await experiments.end(delta.key, 'b-worse', NOW + 2)).toBe(true);
    expect(await experiments.end(delta.key, 'b-better', NOW + 3)).toBe(false);
    expect(await experiments.add([delta], NOW + 4)).toMatchObject([{ status: 'b-worse', a: sums(6, 4) }]);
    expect(await experiments.all()).toMatchObject([
      { key: delta.key, status: 'b-worse', endedAt: new Date(NOW + 2).toISOString() },
    ]);
  });
});
