import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { type Availability, availability } from './availability.ts';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';

/** A PostgreSQL server for tests. */
export interface PostgresService {
  /** Makes an empty database of its own and answers with its URL. */
  freshDatabase(): Promise<string>;
  /** Kills the server as a crash would, or starts it again on the same port. Null for a server that is not ours. */
  readonly control: { kill(): void; start(): void } | null;
  stop(): Promise<void>;
}

const GIVEN = process.env['TEST_DATABASE_URL'];
const INITDB = findProgram('initdb', debianDirectories());
const USER = 'postgres';

/** PostgreSQL is there: as `TEST_DATABASE_URL`, or as programs that start a throw-away server. */
export const POSTGRES: Availability = availability(
  GIVEN !== undefined || (INITDB !== null && (process.getuid?.() !== 0 || hasUser())),
  'install postgresql, or set TEST_DATABASE_URL',
);

/** One with the extension pgvector: as `TEST_PGVECTOR_URL`, or as programs, here or in `TEST_PGVECTOR_BIN`. */
export const PGVECTOR = findPgvector();

export function startPostgres(): Promise<PostgresService> {
  return GIVEN === undefined ? startServer(INITDB ?? '') : Promise.resolve(serverOf(GIVEN));
}

function findPgvector(): Availability & { readonly start: () => Promise<PostgresService> } {
  const url = process.env['TEST_PGVECTOR_URL'];
  if (url !== undefined) return { available: true, note: '', start: async () => serverOf(url) };
  const bin = process.env['TEST_PGVECTOR_BIN'];
  const initdb = bin === undefined ? INITDB : join(bin, 'initdb');
  const remedy =
    ' (skipped: install pgvector, or set TEST_PGVECTOR_BIN to the programs of a PostgreSQL with it)';
  const available = initdb !== null && POSTGRES.available && hasPgvector(dirname(realpathSync(initdb)));
  return { available, note: available ? '' : remedy, start: () => startServer(initdb ?? '') };
}

function hasPgvector(bin: string): boolean {
  const version = /\/postgresql\/(\d+)\/bin$/.exec(bin)?.[1];
  const places = ['../share/extension', '../share/postgresql/extension'].map((place) => join(bin, place));
  if (version !== undefined) places.push(`/usr/share/postgresql/${version}/extension`);
  return places.some((place) => existsSync(join(place, 'vector.control')));
}

function serverOf(url: string): PostgresService {
  return { freshDatabase: () => createDatabase(url), control: null, stop: async () => {} };
}

async function startServer(initdb: string): Promise<PostgresService> {
  const bin = dirname(realpathSync(initdb));
  const directory = mkdtempSync(join(tmpdir(), 'illm-pg-'));
  const port = await freePort();
  const data = join(directory, 'data');
  // PostgreSQL refuses to run as root.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) execFileSync('chown', [USER, directory]);
  chmodSync(directory, 0o700);
  const run = (program: string, args: readonly string[]): void => {
    const command = [join(bin, program), ...args];
    const [file = '', ...rest] = isRoot ? ['runuser', '-u', USER, '--', ...command] : command;
    execFileSync(file, rest, {
      stdio: 'ignore',
      cwd: directory,
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    });
  };
  run('initdb', ['-D', data, '-A', 'trust', '-U', USER, '-E', 'UTF8', '--no-sync']);
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -k ${directory} -c fsync=off -c timezone=Asia/Tokyo`;
  const start = (): void =>
    run('pg_ctl', ['start', '-D', data, '-w', '-o', options, '-l', join(directory, 'log')]);
  const kill = (): void => run('pg_ctl', ['stop', '-D', data, '-m', 'immediate', '-w']);
  start();
  return {
    freshDatabase: () => createDatabase(`postgres://${USER}@127.0.0.1:${port}/postgres`),
    control: { kill, start },
    stop: async () => {
      try {
        kill();
      } catch {
        // It was down already.
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function createDatabase(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const name = `illm_test_${process.pid}_${Date.now()}_${Math.floor(Math.random() * 1e6)}`;
  await client.query(`create database ${name}`);
  await client.end();
  const own = new URL(url);
  own.pathname = `/${name}`;
  return own.href;
}

function debianDirectories(): string[] {
  try {
    return readdirSync('/usr/lib/postgresql')
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => `/usr/lib/postgresql/${version}/bin`);
  } catch {
    return [];
  }
}

function hasUser(): boolean {
  try {
    execFileSync('id', [USER], { stdio: 'ignore' });
    return findProgram('runuser') !== null;
  } catch {
    return false;
  }
}
