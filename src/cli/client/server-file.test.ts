import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findServer, removeServerFile, writeServerFile } from './server-file.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'illm-server-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const server = { url: 'http://127.0.0.1:8787', pid: process.pid, token: 'secret' };

it('is found while its process lives, and readable by its user only', () => {
  writeServerFile(join(dataDir, 'new'), server);
  expect(findServer(join(dataDir, 'new'))).toEqual(server);
  expect(statSync(join(dataDir, 'new', 'server.json')).mode & 0o777).toBe(0o600);
});

it('takes the mode along when it replaces a file with another', () => {
  writeFileSync(join(dataDir, 'server.json'), '{}', { mode: 0o644 });
  writeServerFile(dataDir, server);
  expect(statSync(join(dataDir, 'server.json')).mode & 0o777).toBe(0o600);
});

it('is not found when its process is gone, or the file is none', () => {
  expect(findServer(dataDir)).toBeNull();
  writeServerFile(dataDir, { ...server, pid: 2 ** 30 });
  expect(findServer(dataDir)).toBeNull();
  for (const text of ['', '[]', '{"url":1}', 'null']) {
    writeFileSync(join(dataDir, 'server.json'), text);
    expect(findServer(dataDir)).toBeNull();
  }
});

it('is removed by the process that wrote it only', () => {
  writeServerFile(dataDir, server);
  removeServerFile(dataDir, server.pid + 1);
  expect(findServer(dataDir)).not.toBeNull();
  removeServerFile(dataDir, server.pid);
  expect(findServer(dataDir)).toBeNull();
});
