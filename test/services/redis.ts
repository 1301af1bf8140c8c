import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { type Availability, availability } from './availability.ts';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';

/** A Redis or Valkey server for tests. It keeps nothing on disk. */
export interface RedisService {
  readonly url: string;
  start(): Promise<void>;
  /** Kills it as a crash would. */
  kill(): Promise<void>;
}

const PROGRAM = findProgram('valkey-server') ?? findProgram('redis-server');

export const REDIS: Availability = availability(PROGRAM !== null, 'install redis-server or valkey-server');

export async function startRedis(): Promise<RedisService> {
  const port = await freePort();
  let child: ChildProcess | null = null;
  const service: RedisService = {
    url: `redis://127.0.0.1:${port}`,
    async start() {
      const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
      child = spawn(PROGRAM ?? '', [...args, '--dir', tmpdir()], { stdio: 'ignore' });
      while (!(await accepts(port))) await pause(20);
    },
    async kill() {
      if (!child) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      child = null;
    },
  };
  await service.start();
  return service;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
