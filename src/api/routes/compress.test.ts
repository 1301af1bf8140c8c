import { describe, expect, it } from 'vitest';
import { compressAccess, createGuards } from '../../policy/compress/index.ts';
import { localBus } from '../../shared/index.ts';
import { createApi } from '../app.ts';
import { compressState } from '../schemas/compress.ts';
import { fakeDeps } from '../testing/fake-deps.contract.ts';

describe('/api/v1/compress', () => {
  it('tells what the guard found, and lets it begin anew', async () => {
    const deps = fakeDeps();
    const guards = createGuards({ bus: localBus(), log: deps.log, now: () => Date.UTC(2026, 10, 24) });
    const settings = { share: 1, minSimilarity: 0.9, mostDiffering: 0.1, falseAlarmEvery: 10 };
    for (let n = 0; n < 3; n++) guards.note('docs', 'retrieval', true, settings);
    const app = await createApi({ ...deps, compress: compressAccess(guards) });
    const before = compressState.strict().parse(JSON.parse((await app.inject('/api/v1/compress')).body));
    expect(before.guards).toEqual([
      {
        model: 'docs',
        task: 'retrieval',
        compared: 3,
        differing: 3,
        evidence: expect.closeTo(27) as number,
        limit: 10,
        stoppedAt: '2026-11-24T00:00:00.000Z',
      },
    ]);
    const resume = async (payload: object) =>
      await app.inject({ method: 'POST', url: '/api/v1/compress/resume', payload });
    expect((await resume({ task: 'chess' })).statusCode).toBe(400);
    expect(JSON.parse((await resume({ model: 'docs' })).body)).toEqual({ resumed: 1 });
    expect(JSON.parse((await app.inject('/api/v1/compress')).body)).toEqual({ guards: [] });
    await app.close();
  });
});
