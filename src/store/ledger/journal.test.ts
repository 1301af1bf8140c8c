import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskFiles } from './files.ts';
import { openJournal } from './journal.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'illm-journal-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('the journal', () => {
  it('has a line on disk as soon as it is written', () => {
    const directory = join(root, 'own');
    const journal = openJournal({ directory, files: diskFiles });
    const segment = journal.append('{"a":"é"}');
    expect(readFileSync(segment.path, 'utf8')).toBe('{"a":"é"}\n');
    journal.append('{}');
    expect(journal.read(segment)).toEqual({ lines: ['{"a":"é"}', '{}'], tornBytes: 0 });
  });

  it('begins a new segment when one is full, and deletes it when all its rows are stored', () => {
    const journal = openJournal({ directory: root, files: diskFiles, segmentBytes: 10 });
    const segments = ['1234', '1234', '1234', 'longer than a segment', '1'].map((line) =>
      journal.append(line),
    );
    expect(new Set(segments).size).toBe(4);
    journal.stored(segments[0]!);
    expect(readdirSync(root)).toHaveLength(4);
    journal.stored(segments[1]!);
    expect(readdirSync(root)).toHaveLength(3);
  });

  it('is empty on disk while nothing waits', () => {
    const journal = openJournal({ directory: join(root, 'own'), files: diskFiles });
    const segment = journal.append('1');
    journal.stored(segment);
    expect(readFileSync(segment.path, 'utf8')).toBe('');
    expect(journal.append('2')).toBe(segment);
    journal.stored(segment);
    journal.close();
    expect(readdirSync(root)).toEqual([]);
  });

  it('finds what another process left, also a line cut short', () => {
    writeFileSync(join(root, '00000002.ndjson'), 'c\nd\n{"half":');
    writeFileSync(join(root, '00000001.ndjson'), 'a\nb\n');
    writeFileSync(join(root, 'notes.txt'), 'x\n');
    const journal = openJournal({ directory: join(root, 'own'), files: diskFiles });
    const segments = journal.leftovers(root);
    expect(segments.map(({ unstored }) => unstored)).toEqual([2, 2]);
    expect(segments.map((segment) => journal.read(segment))).toEqual([
      { lines: ['a', 'b'], tornBytes: 0 },
      { lines: ['c', 'd'], tornBytes: 8 },
    ]);
    expect(journal.leftovers(join(root, 'nowhere'))).toEqual([]);
  });

  it('leaves nothing of a line that did not fit', () => {
    let room = 12;
    const files = {
      ...diskFiles,
      append(file: number, bytes: Uint8Array) {
        diskFiles.append(file, bytes.subarray(0, room));
        if (bytes.length > room)
          throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        room -= bytes.length;
      },
    };
    const journal = openJournal({ directory: root, files });
    const segment = journal.append('12345');
    expect(() => journal.append('1234567890')).toThrow('no space left');
    expect(() => journal.probe()).toThrow('no space left');
    journal.append('1234');
    expect(journal.read(segment)).toEqual({ lines: ['12345', '1234'], tornBytes: 0 });
  });

  it('never glues a line to half a line', () => {
    let fails = false;
    const fail = (): never => {
      throw new Error('input/output error');
    };
    const files = {
      ...diskFiles,
      append(file: number, bytes: Uint8Array) {
        diskFiles.append(file, fails ? bytes.subarray(0, 3) : bytes);
        if (fails) fail();
      },
      truncate: (file: number, length: number) => (fails ? fail() : diskFiles.truncate(file, length)),
    };
    const journal = openJournal({ directory: root, files });
    const before = journal.append('before');
    fails = true;
    expect(() => journal.append('broken')).toThrow('input/output');
    fails = false;
    const after = journal.append('after');
    expect(journal.read(before)).toEqual({ lines: ['before'], tornBytes: 3 });
    expect(journal.read(after)).toEqual({ lines: ['after'], tornBytes: 0 });
  });
});
