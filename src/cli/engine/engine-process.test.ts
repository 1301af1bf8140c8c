import { afterEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../core/secret.ts';
import { recordingLog } from '../testing/log.contract.ts';
import { type EngineProcess, type EngineProcessOptions, startEngineProcess } from './engine-process.ts';
import { fakeChild, isAlive } from './fake-child.contract.ts';
import { type Gate, openGate, STATES_PATH } from './gate.ts';

vi.setConfig({ testTimeout: 60_000 });
const LONG_MS = 50_000;
const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const opened of open.splice(0).reverse()) await opened.close();
});

function start(change: Partial<EngineProcessOptions> = {}) {
  const log = recordingLog();
  const delays: number[] = [];
  const engine = startEngineProcess({
    model: 'fake',
    command: fakeChild(),
    env: { PATH: process.env['PATH'] },
    log,
    delayMs: (previousMs) => {
      delays.push(previousMs);
      return previousMs + 10;
    },
    ...change,
  });
  open.push({ close: () => engine.stop(5_000) });
  return { engine, log, delays };
}

async function gateOf(engines: readonly EngineProcess[], waitMs = LONG_MS): Promise<Gate> {
  const gate = await openGate({ engines, key: new Secret('right'), waitMs, mostBodyBytes: 1_000 });
  open.push(gate);
  return gate;
}

async function post(gate: Gate, path: string, body: object = { model: 'fake' }, key = 'right') {
  const answer = await fetch(gate.baseUrl + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    body: JSON.parse(text) as { pid: number; url: string; error: { code: string; message: string } },
  };
}

describe('an engine in a process of its own', () => {
  it('is ready once it says so, and reports', async () => {
    const { engine } = start();
    expect(engine.state()).toMatchObject({ state: 'starting', restarts: 0, report: null });
    expect(await engine.ready(LONG_MS)).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await vi.waitFor(() => expect(engine.state().report).toEqual({ model: 'fake' }), LONG_MS);
  });

  it('is started again when it dies, after longer and longer waits', async () => {
    const { engine, log, delays } = start({ command: fakeChild('crash') });
    await vi.waitFor(() => expect(engine.state().restarts).toBeGreaterThan(2), LONG_MS);
    expect(delays.slice(0, 3)).toEqual([0, 10, 20]);
    expect(engine.state().message).toBe('It ended with code 3: out of luck');
    expect(log.lines).toContain('info engine fake: out of luck');
    expect(await engine.ready(1)).toBeNull();
  });

  it('is not started again when it refuses', async () => {
    const { engine, delays } = start({ command: fakeChild('refuse') });
    expect(await engine.ready(LONG_MS)).toBeNull();
    await vi.waitFor(() => expect(engine.state().pid).toBeNull(), LONG_MS);
    expect(engine.state()).toMatchObject({ state: 'refused', message: 'The model is broken.', restarts: 0 });
    expect(delays).toEqual([]);
  });

  it('is killed and started again when it says nothing any more', async () => {
    const { engine } = start({ silenceMs: 2_000 });
    const gate = await gateOf([engine]);
    const { pid } = (await post(gate, '/x')).body;
    await post(gate, '/mute');
    await vi.waitFor(() => expect(engine.state().restarts).toBeGreaterThan(0), LONG_MS);
    expect((await post(gate, '/x')).body.pid).not.toBe(pid);
    expect(isAlive(pid)).toBe(false);
  });

  it('ends when it is told to, and is killed when it does not', async () => {
    const { engine } = start({ command: fakeChild('stubborn') });
    await engine.ready(LONG_MS);
    const pid = engine.state().pid ?? -1;
    expect(isAlive(pid)).toBe(true);
    await engine.stop(100);
    expect(isAlive(pid)).toBe(false);
    expect(engine.state()).toMatchObject({ state: 'stopped', restarts: 0 });
    expect(await engine.ready(1)).toBeNull();
  });
});

describe('the gate of the engines', () => {
  it('passes calls on, with their key', async () => {
    const gate = await gateOf([start().engine]);
    expect(await post(gate, '/chat/completions?x=1')).toMatchObject({
      status: 200,
      body: { url: '/v1/chat/completions?x=1', key: 'Bearer right' },
    });
    expect(await post(gate, '/x', {}, 'wrong')).toMatchObject({ status: 401 });
    expect(await post(gate, '/x', { text: 'x'.repeat(1_000) })).toMatchObject({ status: 413 });
  });

  it('lets calls wait for an engine that starts', async () => {
    const gate = await gateOf([start({ command: fakeChild('slow') }).engine]);
    expect((await post(gate, '/x')).status).toBe(200);
  });

  it('says clearly what is the matter with one that does not come', async () => {
    const crashing = start({ command: fakeChild('crash'), delayMs: () => 60_000 }).engine;
    const gate = await gateOf([crashing], 10);
    await vi.waitFor(() => expect(crashing.state().state).toBe('restarting'), LONG_MS);
    expect(await post(gate, '/x')).toMatchObject({
      status: 503,
      body: {
        error: {
          code: 'engine_not_ready',
          message:
            'The engine of fake is being started again; try again in some seconds. It ended with code 3: out of luck',
        },
      },
    });
    const refusing = start({ command: fakeChild('refuse') }).engine;
    const { error } = (await post(await gateOf([refusing]), '/x')).body;
    expect(error.message).toBe('The engine can not serve fake: The model is broken.');
  });

  it('says so when an engine dies over a call, and serves the next one', async () => {
    const { engine } = start();
    const gate = await gateOf([engine]);
    expect(await post(gate, '/die')).toMatchObject({
      status: 503,
      body: { error: { code: 'engine_stopped' } },
    });
    expect((await post(gate, '/x')).status).toBe(200);
    expect(engine.state().restarts).toBe(1);
  });

  it('says so no sooner than the next call is safe from it', async () => {
    const { engine } = start();
    const dying = await engine.ready(LONG_MS);
    const told: (string | null)[] = [];
    const gate = await gateOf([
      {
        ...engine,
        ended: async (url, mostMs) => {
          await engine.ended(url, mostMs);
          told.push(await engine.ready(0));
        },
      },
    ]);
    expect((await post(gate, '/die')).status).toBe(503);
    expect(told).toHaveLength(1);
    expect(told).not.toContain(dying);
    expect((await post(gate, '/x')).status).toBe(200);
  });

  it('lets a call wait for the next engine when the last one died before anyone noticed', async () => {
    const { engine } = start();
    const left = 'http://127.0.0.1:1';
    const urls = [left];
    const gone: string[] = [];
    const unnoticed: EngineProcess = {
      ...engine,
      ready: async (mostMs) => urls.shift() ?? (await engine.ready(mostMs)),
      gone: (url) => void gone.push(url),
    };
    const gate = await gateOf([unnoticed]);
    expect((await post(gate, '/x')).status).toBe(200);
    expect(gone).toEqual([left]);
  });

  it('kills an engine that nobody can reach, and starts the next', async () => {
    const { engine } = start();
    const url = await engine.ready(LONG_MS);
    const { pid } = engine.state();
    engine.gone('http://127.0.0.1:1');
    expect(await engine.ready(0)).toBe(url);
    engine.gone(url ?? '');
    expect(await engine.ready(LONG_MS)).not.toBe(url);
    expect(engine.state()).toMatchObject({ restarts: 1, state: 'ready' });
    expect(engine.state().pid).not.toBe(pid);
  });

  it('leaves an answer broken when its engine dies within it', async () => {
    const gate = await gateOf([start().engine]);
    const answer = await fetch(`${gate.baseUrl}/half`, {
      method: 'POST',
      headers: { authorization: 'Bearer right' },
      body: '{}',
    });
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });

  it('finds the engine of a model, and tells how all do', async () => {
    const a = start({ model: 'a' }).engine;
    const b = start({ model: 'b' }).engine;
    const gate = await gateOf([a, b]);
    const [one, other] = [await post(gate, '/x', { model: 'a' }), await post(gate, '/x', { model: 'b' })];
    expect([one.body.pid, other.body.pid]).toEqual([a.state().pid, b.state().pid]);
    expect(await post(gate, '/x', { model: 'c' })).toMatchObject({ status: 404 });
    const headers = { authorization: 'Bearer right' };
    const states: unknown = await (await fetch(new URL(STATES_PATH, gate.baseUrl), { headers })).json();
    expect(states).toMatchObject({
      engines: [
        { model: 'a', state: 'ready' },
        { model: 'b', restarts: 0 },
      ],
    });
  });
});
