import { describe, expect, it } from 'vitest';
import { Secret } from '../core/secret.ts';
import { get, openApi, sharedApi, send } from './testing/ask.contract.ts';
import { fakeKeys, virtualKey } from './testing/fake-deps.contract.ts';

const ROUTES = [
  '/api/v1/calls',
  '/api/v1/calls/01938c6e-1111-7000-8000-000000000001',
  '/api/v1/calls/stream',
  '/api/v1/spend',
  '/api/v1/latency',
  '/api/v1/errors',
  '/api/v1/dimensions',
  '/api/v1/machines',
  '/api/v1/keys',
];
const ADMIN = virtualKey({ id: '01938c6e-2222-7000-8000-000000000001', name: 'root', scope: 'admin' });
const CALLER = virtualKey({ id: '01938c6e-2222-7000-8000-000000000002', name: 'app', prefix: 'sk-illm-app' });

describe('once an admin key exists', () => {
  it.each(ROUTES)('%s wants it', async (url) => {
    const app = await openApi({ keys: fakeKeys(ADMIN, CALLER) });
    const none = await get(app, url);
    expect(none.status).toBe(401);
    expect(none.body.error).toMatchObject({ code: 'unauthenticated' });
    expect(none.headers['www-authenticate']).toBe('Bearer');
    expect((await get(app, url, { authorization: 'Bearer sk-illm-nobody' })).status).toBe(401);
    const caller = await get(app, url, { authorization: 'Bearer sk-illm-app' });
    expect(caller.status).toBe(403);
    expect(caller.body.error.message).toContain('sk-illm-app');
  });

  it('it opens the API, as do the environment’s key and the local token', async () => {
    const app = await openApi({
      keys: fakeKeys(ADMIN),
      adminKey: new Secret('env-key'),
      localToken: new Secret('local'),
    });
    for (const token of ['sk-illm-root', 'env-key', 'local'])
      expect((await get(app, '/api/v1/calls', { authorization: `Bearer ${token}` })).status).toBe(200);
  });

  it('creating and revoking keys wants it', async () => {
    const app = await openApi({ keys: fakeKeys(ADMIN) });
    expect((await send(app, 'POST', '/api/v1/keys', { name: 'x' })).status).toBe(401);
    expect((await send(app, 'DELETE', `/api/v1/keys/${ADMIN.id}`)).status).toBe(401);
  });

  it('a revoked one opens nothing', async () => {
    const keys = fakeKeys(ADMIN, {
      ...ADMIN,
      id: '01938c6e-2222-7000-8000-000000000003',
      name: 'old',
      revokedAt: '2026-01-01T00:00:00.000Z',
    });
    const app = await openApi({ keys });
    expect((await get(app, '/api/v1/calls', { authorization: 'Bearer sk-illm-old' })).status).toBe(401);
  });
});

it('asks for a key on any address that other machines reach, even before one exists', async () => {
  const listen = { host: '0.0.0.0', port: 8787, allowedHosts: [], allowedOrigins: [] };
  const app = await openApi({ listen: () => listen });
  expect((await get(app, '/api/v1/calls', { host: '10.0.0.1:8787' })).status).toBe(401);
});

it('slows down guessing, and never who has a right key', async () => {
  const app = await openApi({ keys: fakeKeys(ADMIN) });
  const guess = (): Promise<{ status: number }> =>
    get(app, '/api/v1/calls', { authorization: 'Bearer sk-illm-guess' });
  for (let i = 0; i < 10; i++) expect((await guess()).status).toBe(401);
  const refused = await get(app, '/api/v1/calls', { authorization: 'Bearer sk-illm-guess' });
  expect(refused.status).toBe(429);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect((await get(app, '/api/v1/calls', { authorization: 'Bearer sk-illm-root' })).status).toBe(200);
});

describe('web pages of other sites', () => {
  it.each(['/', '/api/v1/calls', '/api/v1/about', '/metrics', '/api/docs', '/api/openapi.json'])(
    'can not reach %s by making their name resolve to us',
    async (url) => {
      const { status, body } = await get(await sharedApi(), url, { host: 'evil.example:8787' });
      expect(status).toBe(403);
      expect(body.error.code).toBe('forbidden');
    },
  );

  it('can not send requests', async () => {
    const app = await openApi();
    const headers = { origin: 'https://evil.example' };
    const posted = await send(app, 'POST', '/api/v1/keys', { name: 'x' }, headers);
    expect(posted.status).toBe(403);
    expect(posted.body.error.message).toContain('listen.allowedOrigins');
    expect((await send(app, 'POST', '/api/v1/keys', { name: 'x' }, { origin: 'null' })).status).toBe(403);
    expect((await send(app, 'OPTIONS', '/api/v1/keys', undefined, headers)).status).toBe(403);
    expect((await get(app, '/api/v1/keys')).body.keys).toEqual([]);
  });

  it('may when they are listed, after asking', async () => {
    const origin = 'https://app.example';
    const listen = { host: '127.0.0.1', port: 8787, allowedHosts: [], allowedOrigins: [origin] };
    const app = await openApi({ listen: () => listen });
    const preflight = await send(app, 'OPTIONS', '/api/v1/keys', undefined, { origin });
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-origin']).toBe(origin);
    expect((await get(app, '/api/v1/calls', { origin })).headers['access-control-allow-origin']).toBe(origin);
  });

  it('are told apart from our own', async () => {
    const app = await openApi();
    const own = { host: 'gateway.test', origin: 'https://gateway.test' };
    expect((await send(app, 'POST', '/api/v1/keys', { name: 'x' }, own)).status).toBe(201);
  });
});
