import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskError, PullError } from './pull-error.ts';
import { sha256, zipOf } from './testing/fake-hosts.contract.ts';
import { extractMember } from './zip-member.ts';

const MEMBER = Buffer.from('the weights '.repeat(500));
const ARCHIVE = zipOf({ 'a.txt': Buffer.from('other'), 'm.gguf': MEMBER });
const EXPECTED = { sha256: sha256(MEMBER), bytes: MEMBER.length };

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'zip-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

async function extract(archive: Uint8Array, member = 'm.gguf'): Promise<void> {
  writeFileSync(join(dir, 'a.zip'), archive);
  const { signal } = new AbortController();
  await extractMember(join(dir, 'a.zip'), member, join(dir, 'm'), EXPECTED, signal);
}

describe('extractMember', () => {
  it('unpacks one member and nothing else', async () => {
    await extract(ARCHIVE);
    expect(readFileSync(join(dir, 'm')).equals(MEMBER)).toBe(true);
    expect(readdirSync(dir).sort()).toEqual(['a.zip', 'm']);
  });

  it('refuses damaged archives, or gets the very same bytes out of them', async () => {
    const damage = fc.oneof(
      fc.nat(ARCHIVE.length - 1).map((length) => ARCHIVE.subarray(0, length)),
      fc
        .array(fc.tuple(fc.nat(ARCHIVE.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
        .map((changes) => {
          const copy = Buffer.from(ARCHIVE);
          for (const [at, byte] of changes) copy[at] = byte;
          return copy;
        }),
      fc.uint8Array({ maxLength: 200 }),
    );
    await fc.assert(
      fc.asyncProperty(damage, async (archive) => {
        rmSync(join(dir, 'm'), { force: true });
        const error: unknown = await extract(archive).catch((e: unknown) => e);
        if (error === undefined) expect(readFileSync(join(dir, 'm')).equals(MEMBER)).toBe(true);
        else {
          expect(error).toBeInstanceOf(PullError);
          expect(readdirSync(dir)).toEqual(['a.zip']);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('stops a member that unpacks to more than it says', async () => {
    const bomb = zipOf({ 'm.gguf': Buffer.alloc(50_000_000) });
    const at = bomb.length - 22 - 46 - 'm.gguf'.length;
    bomb.writeUInt32LE(MEMBER.length, at + 24);
    await expect(extract(bomb)).rejects.toThrow('its member is larger than it says');
  });

  it('says which member is missing', async () => {
    await expect(extract(ARCHIVE, 'x.gguf')).rejects.toThrow('The package has no x.gguf.');
  });
});

describe('diskError', () => {
  it('says that the disk is full, and that another source would not help', () => {
    const full = diskError(Object.assign(new Error('write'), { code: 'ENOSPC' }), '/models');
    expect(full).toBeInstanceOf(PullError);
    expect(full).toMatchObject({ elsewhere: false });
    expect(String(full)).toContain('The disk is full: no more can be written to /models.');
    expect(String(diskError(Object.assign(new Error('open'), { code: 'EACCES' }), '/models'))).toContain(
      '/models cannot be written: EACCES',
    );
    const other = new Error('else');
    expect(diskError(other, '/models')).toBe(other);
  });
});
