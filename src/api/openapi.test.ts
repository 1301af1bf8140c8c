import { describe, expect, it } from 'vitest';
import { get, sharedApi } from './testing/ask.contract.ts';

describe('the description of the API', () => {
  it('names every route, with types that have names', async () => {
    const { body } = await get(await sharedApi(), '/api/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths).sort()).toEqual([
      '/api/v1/about',
      '/api/v1/batches',
      '/api/v1/batches/{id}',
      '/api/v1/batches/{id}/cancel',
      '/api/v1/batches/{id}/items',
      '/api/v1/budgets',
      '/api/v1/cache',
      '/api/v1/calls',
      '/api/v1/calls/stream',
      '/api/v1/calls/{id}',
      '/api/v1/compress',
      '/api/v1/compress/resume',
      '/api/v1/dimensions',
      '/api/v1/documents',
      '/api/v1/documents/search',
      '/api/v1/documents/{id}',
      '/api/v1/engine',
      '/api/v1/errors',
      '/api/v1/examples',
      '/api/v1/examples/{callId}',
      '/api/v1/feedback',
      '/api/v1/keys',
      '/api/v1/keys/{id}',
      '/api/v1/latency',
      '/api/v1/machines',
      '/api/v1/route/experiments',
      '/api/v1/route/models',
      '/api/v1/savings',
      '/api/v1/spend',
      '/healthz',
      '/metrics',
      '/readyz',
    ]);
    expect(Object.keys(body.components.schemas)).toEqual(
      expect.arrayContaining(['Call', 'CallDetail', 'SpendReport', 'VirtualKey', 'Problem', 'Usage']),
    );
    expect(JSON.stringify(body).includes('Default Response')).toBe(false);
    expect(Object.keys(body.components.schemas)).not.toContain('CallInput');
    const spend = body.paths['/api/v1/spend'].get;
    expect(spend.responses['200'].content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/SpendReport',
    });
    expect(spend.parameters.map(({ name }: { name: string }) => name)).toContain('groupBy');
  });

  it('holds only references that lead somewhere', async () => {
    const { body } = await get(await sharedApi(), '/api/openapi.json');
    const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(20);
    for (const [, name] of references) expect(body.components.schemas).toHaveProperty(String(name));
  });

  it('has a page', async () => {
    const app = await sharedApi();
    const { status, body, headers } = await get(app, '/api/docs/');
    expect(status).toBe(200);
    expect(body).toContain('swagger-ui');
    expect(headers['content-security-policy']).toContain("default-src 'self'; img-src 'self' data:;");
    expect(headers['content-security-policy']).not.toMatch(/unsafe|https:/);
    const started = await get(app, '/api/docs/static/swagger-initializer.js');
    expect(started.body).not.toContain('validator.swagger.io');
  });
});
