import { afterAll, afterEach } from 'vitest';
import { createApi } from '../app.ts';
import type { App } from '../app-type.ts';
import type { ApiDeps } from '../ports.ts';
import { fakeDeps } from './fake-deps.contract.ts';

const open: App[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

/** An app over fakes, closed after the test. */
export async function openApi(change: Partial<ApiDeps> = {}): Promise<App> {
  const app = await createApi(fakeDeps(change));
  open.push(app);
  return app;
}

let shared: Promise<App> | null = null;

/** One app over fakes for all tests of a file that change nothing: it takes a while to make. */
export async function sharedApi(): Promise<App> {
  shared ??= createApi(fakeDeps());
  return await shared;
}

afterAll(async () => {
  await (await shared)?.close();
});

export interface Asked {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies of every shape
  readonly body: any;
  readonly headers: Readonly<Record<string, unknown>>;
}

export async function get(app: App, url: string, headers: Record<string, string> = {}): Promise<Asked> {
  return await send(app, 'GET', url, undefined, headers);
}

export async function send(
  app: App,
  method: 'GET' | 'POST' | 'DELETE' | 'OPTIONS',
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Asked> {
  const payload =
    body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await app.inject({
    method,
    url,
    headers: { host: '127.0.0.1:8787', ...type, ...headers },
    ...payload,
  });
  const isJson = String(answer.headers['content-type']).includes('application/json');
  return { status: answer.statusCode, body: isJson ? answer.json() : answer.body, headers: answer.headers };
}
