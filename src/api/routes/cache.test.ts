import { describe, expect, it } from 'vitest';
import { createApi } from '../app.ts';
import { fakeDeps } from '../testing/fake-deps.contract.ts';

describe('/api/v1/cache', () => {
  it('tells what the cache holds and is worth', async () => {
    const app = await createApi(fakeDeps());
    const { body, statusCode } = await app.inject('/api/v1/cache');
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ store: { entries: 0 }, hits: 0, hitRate: null });
    await app.close();
  });

  it('forgets all', async () => {
    const deps = fakeDeps();
    const app = await createApi({ ...deps, cache: { ...deps.cache, clear: async () => 7 } });
    const { body, statusCode } = await app.inject({ method: 'DELETE', url: '/api/v1/cache' });
    expect([statusCode, JSON.parse(body)]).toEqual([200, { forgotten: 7 }]);
    await app.close();
  });
});
