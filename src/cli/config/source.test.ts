import { mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Settings } from '../../core/settings.ts';
import { KINDS } from '../testing/kinds.contract.ts';
import { type RecordingLog, recordingLog } from '../testing/log.contract.ts';
import { type ConfigSource, openConfig } from './source.ts';

let directory: string;
let file: string;
let log: RecordingLog;
let source: ConfigSource | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'illm-config-'));
  file = join(directory, 'infinite-llm.yaml');
  log = recordingLog();
});

afterEach(() => {
  source?.close();
  rmSync(directory, { recursive: true });
});

function open(watch = true, optional = false): ConfigSource {
  source = openConfig({ file, optional, env: {}, kinds: KINDS, dialects: [], overrides: {}, log, watch });
  return source;
}

const attempts = (from: ConfigSource): number => from.current().retry.attempts;

describe('a watched file', () => {
  it('is read again when it is written to', async () => {
    writeFileSync(file, 'retry: { attempts: 2 }');
    const config = open();
    const heard: Settings[] = [];
    config.subscribe((settings) => heard.push(settings));
    writeFileSync(file, 'retry: { attempts: 5 }');
    await vi.waitFor(() => expect(attempts(config)).toBe(5), 5000);
    expect(heard.at(-1)?.retry.attempts).toBe(5);
  });

  it('is read again when an editor puts another in its place', async () => {
    writeFileSync(file, 'retry: { attempts: 2 }');
    const config = open();
    for (const count of [5, 6]) {
      writeFileSync(`${file}.new`, `retry: { attempts: ${count} }`);
      renameSync(`${file}.new`, file);
      await vi.waitFor(() => expect(attempts(config)).toBe(count), 5000);
    }
  });

  it('is read again when a link to it is turned, as Kubernetes does', async () => {
    writeFileSync(join(directory, 'v1'), 'retry: { attempts: 2 }');
    writeFileSync(join(directory, 'v2'), 'retry: { attempts: 5 }');
    symlinkSync('v1', file);
    const config = open();
    symlinkSync('v2', `${file}.new`);
    renameSync(`${file}.new`, file);
    await vi.waitFor(() => expect(attempts(config)).toBe(5), 5000);
  });

  it('that turns bad leaves the settings as they were and says so, until it is good again', async () => {
    writeFileSync(file, 'retry: { attempts: 2 }');
    const config = open();
    writeFileSync(file, 'retry: { attempt: 5 }');
    await vi.waitFor(() => expect(config.status().error).toContain('retry.attempt'), 5000);
    expect(attempts(config)).toBe(2);
    expect(log.lines.join('\n')).toContain('stays in force');
    writeFileSync(file, 'retry: { attempts: 4 }');
    await vi.waitFor(() => expect(attempts(config)).toBe(4), 5000);
    expect(config.status().error).toBeNull();
  });

  it('that goes away is no change of the settings', () => {
    writeFileSync(file, 'retry: { attempts: 2 }');
    const config = open();
    unlinkSync(file);
    config.reload();
    expect(attempts(config)).toBe(2);
    expect(config.status().error).toContain('can not be read');
  });
});

describe('a reload', () => {
  it('says which changes need a restart', () => {
    writeFileSync(file, 'listen: { port: 1 }');
    const config = open(false);
    writeFileSync(file, 'listen: { port: 2, allowedHosts: [a] }\nstore: { url: other }');
    config.reload();
    expect(log.lines.filter((line) => line.startsWith('warn'))).toEqual([
      'warn listen.port changed in the configuration; it takes effect at the next start',
      'warn store.url changed in the configuration; it takes effect at the next start',
    ]);
  });

  it('tells nobody who has unsubscribed, and nobody of a bad file', () => {
    writeFileSync(file, '');
    const config = open(false);
    const listener = vi.fn<(settings: Settings) => void>();
    const stop = config.subscribe(listener);
    writeFileSync(file, 'nonsense: 1');
    config.reload();
    expect(listener).not.toHaveBeenCalled();
    stop();
    writeFileSync(file, '');
    config.reload();
    expect(listener).not.toHaveBeenCalled();
  });
});

it('needs no file where none was named, and takes the one that comes', async () => {
  const config = open(true, true);
  expect(config.status().file).toBeNull();
  writeFileSync(file, 'retry: { attempts: 5 }');
  await vi.waitFor(() => expect(attempts(config)).toBe(5), 5000);
  expect(config.status()).toMatchObject({ file, error: null });
});

it('refuses to start with a file that is not there', () => {
  expect(() => open()).toThrow(/can not be read: ENOENT.*\n.*--config/);
});
