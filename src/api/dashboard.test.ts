import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get, openApi, send } from './testing/ask.contract.ts';

const PAGE = { accept: 'text/html,application/xhtml+xml' };
let webRoot: string;

beforeAll(() => {
  webRoot = mkdtempSync(join(tmpdir(), 'illm-web-'));
  mkdirSync(join(webRoot, 'assets'));
  writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>start</title>');
  writeFileSync(join(webRoot, 'favicon.svg'), '<svg/>');
  writeFileSync(join(webRoot, 'assets', 'index-abc123.js'), 'export {};');
});
afterAll(() => rmSync(webRoot, { recursive: true }));

describe('the dashboard', () => {
  it('starts at / and at every path of its own', async () => {
    const app = await openApi({ webRoot });
    for (const path of ['/', '/calls?status=error', '/calls/01938c6e', '/keys']) {
      const { status, body, headers } = await get(app, path, PAGE);
      expect(status).toBe(200);
      expect(body).toContain('<title>start</title>');
      expect(headers['cache-control']).toBe('no-cache');
    }
  });

  it('keeps files with a hash for ever, and others not', async () => {
    const app = await openApi({ webRoot });
    const script = await get(app, '/assets/index-abc123.js');
    expect(script.headers['cache-control']).toContain('immutable');
    expect(script.headers['content-type']).toContain('javascript');
    expect((await get(app, '/favicon.svg')).headers['cache-control']).toBe('no-cache');
  });

  it('runs its own scripts only, in no frame', async () => {
    const { headers } = await get(await openApi({ webRoot }), '/', PAGE);
    expect(headers['content-security-policy']).toMatch(/default-src 'self'.*frame-ancestors 'none'/);
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
  });

  it('says in JSON what is not there to programs, and to pages for assets', async () => {
    const app = await openApi({ webRoot });
    for (const [path, headers] of [
      ['/nothing', {}],
      ['/api/v1/nothing', PAGE],
      ['/assets/gone-abc.js', PAGE],
    ] as const) {
      const { status, body } = await get(app, path, headers);
      expect(status).toBe(404);
      expect(body.error).toMatchObject({ code: 'not_found' });
    }
    expect((await send(app, 'POST', '/calls', {}, PAGE)).status).toBe(404);
  });

  it('says in the same form what is wrong with a path', async () => {
    const app = await openApi({ webRoot });
    for (const [path, status] of [
      ['/%zz', 400],
      [`/api/v1/calls/${'a'.repeat(500)}`, 414],
    ] as const) {
      const { status: given, body, headers } = await get(app, path, PAGE);
      expect(given).toBe(status);
      expect(body.error).toMatchObject({ code: 'invalid_request', path: 'path' });
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });

  it('serves nothing outside its directory', async () => {
    const app = await openApi({ webRoot });
    for (const path of [
      '/../../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/assets/..%2f..%2f..%2fetc/passwd',
    ])
      expect((await get(app, path)).body).not.toContain('root:');
  });

  it('says how to build it when it is not', async () => {
    const { status, body } = await get(await openApi({ webRoot: join(webRoot, 'none') }), '/', PAGE);
    expect(status).toBe(200);
    expect(body).toContain('npm run build');
  });
});
