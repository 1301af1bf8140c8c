import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { KvShape, ShardAddress } from '../../ports.ts';
import { WireError } from '../wire/index.ts';
import { Connections } from './connections.ts';
import { discover } from './discover.ts';
import type { LeaderLease } from './election.ts';
import { type RunningManager, startManager, type StartManagerOptions } from './start-manager.ts';
import { TIMING } from './timing.ts';

const KV: KvShape = { layers: 2, heads: 4, kvHeads: 2, headDim: 8, type: 'bf16' };
const FAST = { ...TIMING, heartbeatMs: 50, deadMs: 1_500, retryMs: 50, idleMs: 300, lossMs: 100 };

interface Process {
  readonly manager: RunningManager;
  readonly attached: ShardAddress[];
  readonly detached: string[];
  /** Blocks by shard, and who may use them. */
  readonly leased: Map<string, string>;
  readonly problems: string[];
}

const running: Process[] = [];
let started = 0;

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ manager }) => manager.close()));
});

async function start(
  role: 'serve' | 'lend',
  blocks: number,
  join: readonly Process[],
  more: Partial<StartManagerOptions> = {},
): Promise<Process> {
  started += 1;
  const instance = `${role}-${started}`;
  const [attached, detached, problems]: [ShardAddress[], string[], string[]] = [[], [], []];
  const leased = new Map<string, string>();
  const manager = await startManager({
    instance,
    role,
    listen: { host: '127.0.0.1', port: 0 },
    join: join.map((other) => other.manager.address),
    secret: null,
    tls: null,
    kv: KV,
    model: 'm1',
    shards: [{ id: `${instance}/0`, blocks, address: { host: '127.0.0.1', port: 4_000 + started } }],
    gate: {
      lease(shard, list, to) {
        for (const block of list) leased.set(`${shard}/${block}`, to);
      },
      unlease(shard, list) {
        for (const block of list) leased.delete(`${shard}/${block}`);
      },
    },
    attach: (address) => {
      attached.push(address);
      return Promise.resolve();
    },
    detach: (shard) => {
      detached.push(shard);
      return Promise.resolve();
    },
    timing: FAST,
    onProblem: (problem) => problems.push(problem),
    ...more,
  });
  const process = { manager, attached, detached, leased, problems };
  running.push(process);
  return process;
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 1_500) throw new Error(`it never came to this: ${what}`);
    await pause(10);
  }
}

function knows({ manager }: Process): number {
  return manager.status().instances.filter(({ alive }) => alive).length;
}

async function stop(process: Process): Promise<void> {
  running.splice(running.indexOf(process), 1);
  await process.manager.close();
}

describe('managers on real sockets', () => {
  it('join, borrow, attach before blocks are used, and give back what is idle', async () => {
    const serve = await start('serve', 2, []);
    const a = await start('lend', 4, [serve]);
    const b = await start('lend', 4, [serve]);
    await until('all know all', () => [serve, a, b].every((each) => knows(each) === 3));
    await until('offers are known', () => serve.manager.pool.size().reachable === 10);
    const { pool } = serve.manager;
    expect(pool.allocate(6)).toBeNull();
    let more = 0;
    pool.onMore(() => {
      more += 1;
    });
    pool.want(6);
    await until('six are free', () => pool.size().free >= 6);
    await until('it was told', () => more > 0);
    const refs = pool.allocate(6) ?? [];
    expect(refs.slice(0, 2).map(({ shard }) => shard)).toEqual(
      [0, 1].map(() => `${serve.manager.status().instance}/0`),
    );
    for (const { shard, block } of refs.slice(2)) {
      expect(serve.attached.map(({ id }) => id)).toContain(shard);
      const lender = [a, b].find(({ leased }) => leased.has(`${shard}/${block}`));
      expect(lender?.leased.get(`${shard}/${block}`)).toBe(serve.manager.status().instance);
    }
    expect(Object.values(serve.manager.status().borrowedFrom).reduce((sum, count) => sum + count, 0)).toBe(4);
    pool.free(refs);
    await until('all is given back', () => a.leased.size + b.leased.size === 0);
    await until('all is free', () => [a, b].every(({ manager }) => manager.status().blocks.free === 4));
    expect(serve.manager.status().control.heartbeats).toBeGreaterThan(0);
  });

  it('tell of a lender that is gone, and replace a gManager', async () => {
    const lender = await start('lend', 4, []);
    const serve = await start('serve', 2, [lender]);
    const other = await start('lend', 4, [lender]);
    await until('all know all', () => [serve, lender, other].every((each) => knows(each) === 3));
    await until('one leads', () =>
      [serve, other].every(({ manager }) => manager.status().gManager === lender.manager.status().instance),
    );
    const lost: string[] = [];
    serve.manager.pool.onLost((shard) => lost.push(shard));
    serve.manager.pool.want(10);
    await until('ten are free', () => serve.manager.pool.size().free === 10);
    serve.manager.pool.allocate(10);
    await stop(lender);
    await until('its blocks are lost', () => lost.length === 1);
    expect(lost).toEqual([`${lender.manager.status().instance}/0`]);
    expect(serve.detached).toEqual(lost);
    await until('another leads', () =>
      [serve, other].every(({ manager }) => manager.status().gManager === serve.manager.status().instance),
    );
    expect(serve.manager.pool.size().total).toBe(6);
  });

  it('find out by themselves that a gManager hangs, and replace it', async () => {
    const serve = await start('serve', 2, []);
    const nothing = (): void => {};
    const silent = new Connections({
      instance: 'silent',
      kv: KV,
      model: null,
      listen: { host: '127.0.0.1', port: 0 },
      secret: null,
      tls: null,
      intro: () => ({
        instance: 'silent',
        role: 'lend',
        address: null,
        startedAtMs: 0,
        model: null,
        peers: [],
      }),
      onConnected: nothing,
      onDisconnected: nothing,
      onMessage: nothing,
      onProblem: nothing,
    });
    await silent.dial(serve.manager.address);
    await until('it leads', () => serve.manager.status().gManager === 'silent');
    await until('it is dead', () => knows(serve) === 1);
    expect(serve.manager.status().gManager).toBe(serve.manager.status().instance);
    await silent.close();
  });

  it('borrow again from a lender whose shard did not answer once, under another name', async () => {
    const lender = await start('lend', 3, []);
    const serve = await start('serve', 1, [lender]);
    const { pool } = serve.manager;
    pool.want(4);
    await until('four are free', () => pool.size().free === 4);
    const [first] = serve.attached;
    serve.manager.reportLost(first?.id ?? '');
    expect(pool.size().total).toBe(1);
    pool.want(4);
    await until('four are free again', () => pool.size().free === 4);
    expect(serve.attached[1]?.id).not.toBe(first?.id);
    expect(serve.attached[1]?.remoteId).toBe(first?.id);
  });

  it('do not hand out blocks of a shard that cannot be attached', async () => {
    const lender = await start('lend', 3, []);
    const serve = await start('serve', 1, [lender], { attach: () => Promise.reject(new Error('no route')) });
    serve.manager.pool.want(3);
    await until('it was tried', () => serve.problems.some((problem) => problem.includes('no route')));
    expect(serve.manager.pool.size().total).toBe(1);
    await until('they are given back', () => lender.leased.size === 0);
  });

  it('refuse another KV shape and another model, and say why', async () => {
    const serve = await start('serve', 2, []);
    const wrongKv = start('lend', 2, [serve], { kv: { ...KV, type: 'int8' }, model: null });
    await expect(wrongKv).rejects.toThrow(/int8.*does not fit.*bf16/);
    const wrongModel = start('lend', 2, [serve], { model: 'm2' });
    await expect(wrongModel).rejects.toThrow(/another model \(m[12]\).*\(m[12]\)/);
    await expect(wrongModel).rejects.toBeInstanceOf(WireError);
    expect(knows(serve)).toBe(1);
  });

  it('come together when the one to join is not there yet', async () => {
    const first = await start('serve', 2, []);
    const { address } = first.manager;
    await stop(first);
    const early = await start('lend', 2, [first]);
    expect(early.problems.join()).toContain('cannot be joined');
    const late = await start('serve', 2, [], { listen: address });
    await until('they know each other', () => knows(early) === 2 && knows(late) === 2);
  });

  it('tell a visitor what a lender must know', async () => {
    const serve = await start('serve', 2, []);
    const found = await discover({ address: serve.manager.address, secret: null, tls: null });
    expect(found).toEqual({ kv: KV, model: 'm1' });
    expect(knows(serve)).toBe(1);
  });

  it('keep the place of the gManager outside when told to, and do without when it fails', async () => {
    let holder: string | null = null;
    const place: LeaderLease = {
      tryHold: () => (holder === null ? Promise.reject(new Error('away')) : Promise.resolve(holder)),
      release: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    const serve = await start('serve', 2, [], { leaderLease: place });
    const lender = await start('lend', 2, [serve], { leaderLease: place });
    const names = [serve, lender].map(({ manager }) => manager.status().instance);
    const all = (name: string | undefined): boolean =>
      [serve, lender].every(({ manager }) => manager.status().gManager === name);
    await until('the eldest leads', () => all(names[0]));
    holder = names[1] ?? null;
    await until('the holder leads', () => all(names[1]));
    holder = null;
    await until('the eldest leads again', () => all(names[0]));
  });
});
