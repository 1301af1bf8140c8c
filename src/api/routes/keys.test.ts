import { describe, expect, it } from 'vitest';
import { createdKey, keyList } from '../schemas/keys.ts';
import { get, openApi, sharedApi, send } from '../testing/ask.contract.ts';

describe('/api/v1/keys', () => {
  it('creates, lists and revokes', async () => {
    const app = await openApi();
    const asked = {
      name: ' ci ',
      team: 'search',
      tags: { env: 'prod' },
      expiresAt: '2027-01-01T00:00:00Z',
      limits: { budget: { limitUsd: '10', per: 'month' }, requestsPerMinute: 60 },
    };
    const created = await send(app, 'POST', '/api/v1/keys', asked);
    expect(created.status).toBe(201);
    expect(created.headers['cache-control']).toBe('no-store');
    const { key, secret } = createdKey.parse(created.body);
    expect(secret).toMatch(/^sk-illm-/);
    expect(key).toMatchObject({
      name: 'ci',
      team: 'search',
      user: null,
      scope: 'call',
      tags: { env: 'prod' },
      limits: {
        budget: { limitUsd: '10', per: 'month' },
        requestsPerMinute: 60,
        tokensPerMinute: null,
        concurrency: null,
      },
    });

    const listed = await get(app, '/api/v1/keys');
    expect(keyList.parse(listed.body).keys.map(({ id }) => id)).toEqual([key.id]);
    expect(JSON.stringify(listed.body)).not.toContain(secret);

    const revoked = await send(app, 'DELETE', `/api/v1/keys/${key.id}`);
    expect(revoked.status).toBe(200);
    expect(revoked.body.revokedAt).not.toBeNull();
  });

  it.each([
    [{}, 'body.name'],
    [{ name: '' }, 'body.name'],
    [{ name: 'a'.repeat(101) }, 'body.name'],
    [{ name: 'a', team: 7 }, 'body.team'],
    [{ name: 'a', scope: 'root' }, 'body.scope'],
    [{ name: 'a', tags: { x: 1 } }, 'body.tags.x'],
    [{ name: 'a', expiresAt: 'soon' }, 'body.expiresAt'],
    [{ name: 'a', expiresAt: '2020-01-01T00:00:00Z' }, 'body.expiresAt'],
    [{ name: 'a', limits: { budget: { limitUsd: '-1', per: 'day' } } }, 'body.limits.budget.limitUsd'],
    [{ name: 'a', limits: { requestsPerMinute: 0 } }, 'body.limits.requestsPerMinute'],
    [{ name: 'a', scope: 'admin', limits: { concurrency: 1 } }, 'body.limits'],
    [{ name: 'a', secret: 'mine' }, 'body.secret'],
    [[], 'body'],
    ['null', 'body'],
  ])('refuses %j and says where', async (body, path) => {
    const { status, body: answer } = await send(await sharedApi(), 'POST', '/api/v1/keys', body);
    expect(status).toBe(400);
    expect(answer.error.path).toBe(path);
  });

  it('refuses what is no JSON, or too much', async () => {
    const app = await openApi();
    const broken = await send(app, 'POST', '/api/v1/keys', '{"name":');
    expect(broken.status).toBe(400);
    expect(broken.body.error.code).toBe('invalid_request');
    const large = await send(app, 'POST', '/api/v1/keys', { name: 'a'.repeat(100_000) });
    expect(large.status).toBe(413);
    const form = await send(app, 'POST', '/api/v1/keys', 'name=a', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(form.status).toBe(415);
  });

  it('says that there is no such key', async () => {
    const app = await openApi();
    expect((await send(app, 'DELETE', '/api/v1/keys/01938c6e-2222-7000-8000-00000000ffff')).status).toBe(404);
    expect((await send(app, 'DELETE', '/api/v1/keys/1')).body.error.path).toBe('path.id');
  });
});
