import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CallError } from '../core/errors.ts';
import { problemOf } from './answer-errors.ts';
import type { App } from './app-type.ts';

const YEAR = 'public, max-age=31536000, immutable';
const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>infinite-llm</title>
<h1>infinite-llm is running</h1>
<p>The dashboard is not built here. Run <code>npm run build</code> in the checkout and start again.</p>
<p>The API is described at <a href="/api/docs">/api/docs</a>.</p></html>
`;

/**
 * Serves the built dashboard: files by their path, and the start page for every other path that a browser navigates to,
 * since the page has its own routes. Files below assets/ carry a hash in their name and never change.
 */
export async function serveDashboard(app: App, webRoot: string): Promise<void> {
  const built = existsSync(join(webRoot, 'index.html'));
  if (built)
    await app.register(fastifyStatic, {
      root: webRoot,
      wildcard: false,
      index: false,
      cacheControl: false,
      setHeaders: (reply, path) => {
        const hashed = path.startsWith(join(webRoot, 'assets'));
        void reply.setHeader('cache-control', hashed ? YEAR : 'no-cache');
      },
    });
  const start = (reply: FastifyReply): FastifyReply =>
    built ? reply.sendFile('index.html') : reply.type('text/html; charset=utf-8').send(NOT_BUILT);
  app.get('/', { schema: { hide: true } }, async (_request, reply) => start(reply));
  app.setNotFoundHandler((request, reply) => {
    if (isNavigation(request)) return start(reply);
    const path = request.url.split('?')[0] ?? '';
    const error = new CallError('not_found', `${request.method} ${path} is no route; /api/docs lists them.`);
    return reply.code(404).send(problemOf(error));
  });
}

function isNavigation({ method, url, headers }: FastifyRequest): boolean {
  const readable = method === 'GET' || method === 'HEAD';
  return (
    readable &&
    !url.startsWith('/api/') &&
    !url.startsWith('/assets/') &&
    (headers.accept ?? '').includes('text/html')
  );
}
