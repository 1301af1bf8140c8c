import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import { about, machineList } from '../api/schemas/about.ts';
import { callDetail, callsPage } from '../api/schemas/calls.ts';
import { dimensions } from '../api/schemas/dimensions.ts';
import { errorRows } from '../api/schemas/error-rows.ts';
import { keyList } from '../api/schemas/keys.ts';
import { latencyReport } from '../api/schemas/latency.ts';
import { spendReport } from '../api/schemas/spend.ts';
import type { CallRecord } from '../core/record.ts';
import { finish, type Place, type Running, start } from './testing/process.contract.ts';
import { chat, startUpstream, type TestUpstream } from './testing/upstream.contract.ts';

const SECRET = 'sk-secret-of-the-provider';
const SOON = { timeout: 20_000, interval: 100 };
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let upstream: TestUpstream;
let place: Place;

beforeAll(async () => {
  upstream = await startUpstream();
  place = { cwd: mkdtempSync(join(tmpdir(), 'illm-end-to-end-')), env: { OPENAI_API_KEY: SECRET } };
});
afterAll(() => {
  upstream.close();
  rmSync(place.cwd, { recursive: true, force: true });
});

function configure(more = '', alias = 'fast'): void {
  const providers = `providers: { openai: { keys: [env:OPENAI_API_KEY], baseUrl: "${upstream.url}" } }`;
  const models = `models: { ${alias}: { targets: [openai/gpt-4o-mini] } }`;
  writeFileSync(join(place.cwd, 'infinite-llm.yaml'), [providers, models, more].join('\n'));
}

async function serve(...options: string[]): Promise<{ gateway: Running; url: string }> {
  const gateway = start(['serve', '--port', '0', ...options], place);
  const [, url = ''] = await gateway.said(/Dashboard +(http:\/\/127\.0\.0\.1:\d+)\//);
  return { gateway, url };
}

/** Runs a command that must succeed and gives its output. */
async function run(...line: string[]): Promise<string> {
  const { code, out, err } = await finish(line, place);
  expect({ code, err }).toMatchObject({ code: 0 });
  return out;
}

async function calls(...options: string[]): Promise<CallRecord[]> {
  const out = await run('calls', '--json', ...options);
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as CallRecord);
}

describe('one who installs it, starts it and looks', () => {
  let gateway: Running;
  let url: string;

  beforeAll(async () => {
    configure();
    ({ gateway, url } = await serve());
  });
  afterAll(async () => {
    gateway.kill('SIGKILL');
    await gateway.exit;
  });

  it('is told where it is, and that it is ready', async () => {
    expect(gateway.out()).toContain('openai (1 key)');
    expect(gateway.out()).not.toContain('No provider has a key');
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ ready: true, reasons: [] });
    const page = await fetch(`${url}/`, { headers: { accept: 'text/html' } });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });

  it('sees what a call cost, by any command', async () => {
    const answer = await chat(url, 'fast');
    expect(answer.status).toBe(200);
    const id = answer.headers.get('x-illm-call-id') ?? '';
    await vi.waitFor(async () => expect((await fetch(`${url}/api/v1/calls/${id}`)).status).toBe(200), SOON);

    const [call] = await calls();
    expect(call).toMatchObject({
      id,
      status: 'ok',
      requestedModel: 'fast',
      target: { provider: 'openai', model: 'gpt-4o-mini' },
      usage: { input: 1000, output: 100 },
      costUsd: '0.000210',
    });
    expect(await run('call', id)).toMatch(/\$0\.000210 in all/);
    const spend = JSON.parse(await run('spend', '--by', 'model,status', '--json'));
    expect(spend.rows).toMatchObject([
      { group: { model: 'gpt-4o-mini', status: 'ok' }, calls: 1, costUsd: '0.000210' },
    ]);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain(
      'illm_cost_usd_total{provider="openai",model="gpt-4o-mini"} 0.00021',
    );
  });

  it('gets answers of the described form', async () => {
    const id = (await calls('--limit', '1'))[0]?.id ?? '';
    const answers: readonly (readonly [string, z.ZodObject])[] = [
      ['about', about],
      ['calls', callsPage],
      [`calls/${id}`, callDetail],
      ['spend?groupBy=day,model,team', spendReport],
      ['spend?groupBy=tag', spendReport],
      ['latency?groupBy=provider', latencyReport],
      ['errors', errorRows],
      ['dimensions', dimensions],
      ['keys', keyList],
      ['machines', machineList],
    ];
    for (const [path, schema] of answers) {
      const answer: unknown = await (await fetch(`${url}/api/v1/${path}`)).json();
      expect([path, schema.strict().safeParse(answer).error]).toEqual([path, undefined]);
    }
  });

  it('follows calls as they finish', async () => {
    const follow = start(['calls', '--follow', '--json'], place);
    await vi.waitFor(async () => {
      await chat(url, 'openai/gpt-4o-mini');
      expect(follow.out()).toContain('"requestedModel":"openai/gpt-4o-mini"');
    }, SOON);
    follow.kill('SIGINT');
    expect(await follow.exit).toBe(0);
  });

  it('changes the configuration while it runs; a bad one changes nothing', async () => {
    configure('retry: { attempts: none }');
    const about = async () =>
      (await (await fetch(`${url}/api/v1/about`)).json()) as { config: { error: string | null } };
    await vi.waitFor(async () => expect((await about()).config.error).toContain('retry.attempts'), SOON);
    expect((await chat(url, 'fast')).status).toBe(200);
    expect((await chat(url, 'slow')).status).toBe(404);
    configure('', 'slow');
    await vi.waitFor(async () => expect((await chat(url, 'slow')).status).toBe(200), SOON);
    expect((await about()).config.error).toBeNull();
    configure();
    gateway.kill('SIGHUP');
    await vi.waitFor(async () => expect((await chat(url, 'fast')).status).toBe(200), SOON);
  });

  it('lets in only who has a key, once there is one', async () => {
    const secret = (await run('keys', 'create', 'app', '--team', 'search')).trim();
    expect(secret).toMatch(/^sk-illm-[0-9A-Za-z]{40}$/);
    expect((await chat(url, 'fast')).status).toBe(401);
    expect((await chat(url, 'fast', secret)).status).toBe(200);
    await vi.waitFor(async () => expect(await calls('--team', 'search')).toHaveLength(1), SOON);
    const [key] = JSON.parse(await run('keys', 'list', '--json'));
    expect(key).toMatchObject({ name: 'app', team: 'search', scope: 'call' });
    await run('keys', 'revoke', key.id);
    expect((await chat(url, 'fast', secret)).status).toBe(401);
  });

  it('locks the management API with an admin key, yet not the commands of this machine', async () => {
    const admin = (await run('keys', 'create', 'ops', '--admin')).trim();
    expect((await fetch(`${url}/api/v1/calls`)).status).toBe(401);
    expect(
      (await fetch(`${url}/api/v1/calls`, { headers: { authorization: `Bearer ${admin}` } })).status,
    ).toBe(200);
    expect(await calls('--limit', '1')).toHaveLength(1);
    const elsewhere = await finish(['calls', '--url', url], place);
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.err).toContain('admin key');
    expect((await finish(['calls', '--url', url, '--key', admin], place)).code).toBe(0);
  });

  it('can not start a second one over the same data', async () => {
    const { code, err } = await finish(['serve', '--port', '0'], place);
    expect(code).toBe(1);
    expect(err).toMatch(/in use by process \d+/);
    expect(err).not.toContain('    at ');
  });

  it('stops it without losing the call that is under way', async () => {
    const secret = (await run('keys', 'create', 'last')).trim();
    upstream.delayMs = 1500;
    const before = upstream.arrived;
    const answer = chat(url, 'fast', secret);
    await vi.waitFor(() => expect(upstream.arrived).toBe(before + 1), SOON);
    gateway.kill('SIGTERM');
    expect((await answer).status).toBe(200);
    upstream.delayMs = 0;
    expect(await gateway.exit).toBe(0);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    expect(existsSync(join(place.cwd, 'infinite-llm-data', 'server.json'))).toBe(false);
  });

  it('reads the store while no gateway runs', async () => {
    const [last] = await calls('--limit', '1');
    expect(last).toMatchObject({ keyName: 'last', status: 'ok', costUsd: '0.000210' });
  });

  it('finds no secret in what it wrote', () => {
    expect(gateway.out() + gateway.err()).not.toContain(SECRET);
    for (const line of gateway.err().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('level');
  });
});

describe('several workers', () => {
  let gateway: Running;
  let url: string;

  beforeAll(async () => {
    configure();
    ({ gateway, url } = await serve('--workers', '2', '--data', 'workers-data'));
  });
  afterAll(async () => {
    gateway.kill('SIGKILL');
    await gateway.exit;
  });

  /** Sends calls until both workers have had their turn, most likely. */
  const statuses = async (key?: string): Promise<Set<number>> =>
    new Set(await Promise.all(Array.from({ length: 6 }, async () => (await chat(url, 'fast', key)).status)));
  const counted = async (): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return [...text.matchAll(/^illm_calls_total\{.*\} (\d+)$/gm)].reduce(
      (sum, [, calls]) => sum + Number(calls),
      0,
    );
  };

  it('share the port and the ledger, and are counted together', async () => {
    expect(await statuses()).toEqual(new Set([200]));
    await vi.waitFor(async () => expect(await counted()).toBe(6), SOON);
    await vi.waitFor(async () => expect(await calls('--data', 'workers-data')).toHaveLength(6), SOON);
  });

  it('all hear of a key that one of them made', async () => {
    const secret = (await run('keys', 'create', 'app', '--data', 'workers-data')).trim();
    await vi.waitFor(async () => expect(await statuses()).toEqual(new Set([401])), SOON);
    await vi.waitFor(async () => expect(await statuses(secret)).toEqual(new Set([200])), SOON);
  });

  it('are replaced when they die', async () => {
    const listening = /"A worker listens","pid":(\d+)/.exec(gateway.err());
    process.kill(Number(listening?.[1]), 'SIGKILL');
    await vi.waitFor(() => expect(gateway.err()).toContain('A worker died and is replaced'), SOON);
    expect(await statuses()).toEqual(new Set([401]));
  });

  it('all end with their primary', async () => {
    gateway.kill('SIGTERM');
    expect(await gateway.exit).toBe(0);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });
});

describe('one who makes a mistake', () => {
  it('is told all that is wrong with the configuration, and where', async () => {
    writeFileSync(
      join(place.cwd, 'bad.yaml'),
      'listen: { prot: 1 }\nproviders:\n  openai: { keys: [env:NOWHERE] }\n',
    );
    const { code, err, out } = await finish(['serve', '--config', 'bad.yaml'], place);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toMatch(/bad\.yaml:1:11 error: listen\.prot: .*\n +Did you mean "port"\?/);
    expect(err).toMatch(
      /bad\.yaml:3:20 error: providers\.openai\.keys\[0\]: the environment variable NOWHERE is not set/,
    );
    expect(await finish(['config', 'check', '--config', 'bad.yaml'], place)).toMatchObject({ code: 1, err });
  });

  it('may not open the gateway to others without keys', async () => {
    const { code, err } = await finish(
      ['serve', '--host', '0.0.0.0', '--port', '0', '--data', 'exposed'],
      place,
    );
    expect(code).toBe(1);
    expect(err).toContain('infinite-llm keys create ops --admin --data exposed');
  });

  it('is told that there is nothing yet, or nobody there', async () => {
    const none = await finish(['spend', '--data', 'none'], place);
    expect(none).toMatchObject({ code: 1, out: '' });
    expect(none.err).toContain('There is no data in');
    const nobody = await finish(['spend', '--url', 'http://127.0.0.1:1'], place);
    expect(nobody.code).toBe(1);
    expect(nobody.err).toContain('No gateway answers at http://127.0.0.1:1');
  });

  it('gets the usage exit code', async () => {
    expect((await finish(['serve', '--prot', '1'], place)).code).toBe(2);
    expect((await finish(['--help'], place)).code).toBe(0);
  });
});
