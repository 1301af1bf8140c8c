import { describe, expect, it } from 'vitest';
import { checkKvMemory, freeMemory } from './memory.ts';

const MEMINFO = 'MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8000000 kB\n';
const MACHINE = { bytes: 8_192_000_000, bound: 'machine' };
const MIB = 1024 ** 2;

const files =
  (known: Readonly<Record<string, string>>) =>
  (path: string): string | null =>
    known[path] ?? null;

describe('free memory', () => {
  it('is what the machine has available', () => {
    expect(freeMemory(files({ '/proc/meminfo': MEMINFO }))).toEqual(MACHINE);
    expect(freeMemory(files({}), () => 5)).toEqual({ bytes: 5, bound: 'machine' });
  });

  it('is bounded by the limits of its control group and of all above it', () => {
    const group = {
      '/proc/meminfo': MEMINFO,
      '/proc/self/cgroup': '0::/a/b\n',
      '/sys/fs/cgroup/a/b/memory.max': 'max\n',
      '/sys/fs/cgroup/a/b/memory.current': '100\n',
      '/sys/fs/cgroup/a/memory.max': '1000\n',
      '/sys/fs/cgroup/a/memory.current': '900\n',
      '/sys/fs/cgroup/a/memory.stat': 'active_file 7\ninactive_file 300\n',
    };
    expect(freeMemory(files(group))).toEqual({ bytes: 400, bound: 'container' });
    expect(freeMemory(files({ ...group, '/sys/fs/cgroup/a/memory.max': 'max\n' }))).toEqual(MACHINE);
  });

  it('knows version 1 of control groups', () => {
    const group = {
      '/proc/meminfo': MEMINFO,
      '/proc/self/cgroup': '12:cpu,cpuacct:/x\n5:memory:/x\n',
      '/sys/fs/cgroup/memory/x/memory.limit_in_bytes': '2000\n',
      '/sys/fs/cgroup/memory/x/memory.usage_in_bytes': '500\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': '5000\n',
    };
    expect(freeMemory(files(group))).toEqual({ bytes: 1500, bound: 'container' });
  });
});

describe('promised memory', () => {
  it('is no more than there is beside the model', () => {
    const free = { bytes: 1024 * MIB, bound: 'machine' } as const;
    expect(() => checkKvMemory(732 * MIB, 100 * MIB, free)).not.toThrow();
    expect(() => checkKvMemory(733 * MIB, 100 * MIB, free)).toThrow(
      '--kv-memory 733 MiB is more than there is: 1 GiB are free on this machine, of which the model takes 100 MiB. At most 732 MiB can be promised: give that, or free memory.',
    );
    const small = { bytes: 50 * MIB, bound: 'container' } as const;
    expect(() => checkKvMemory(MIB, 0, small)).toThrow(
      /within the limit of this container. Free memory first/,
    );
  });
});
