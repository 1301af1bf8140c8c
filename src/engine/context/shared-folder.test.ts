import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kvLayout } from '../kv/layout.ts';
import { BLOCK_TOKENS, type KvShape } from '../ports.ts';
import type { CodecThread } from './codec-thread.ts';
import { type Contexts, openContexts } from './contexts.ts';

const KV: KvShape = { layers: 1, heads: 1, kvHeads: 1, headDim: 4, type: 'bf16' };
const { blockBytes } = kvLayout(KV);
const TOKENS = Array.from({ length: 40 * BLOCK_TOKENS }, (_, i) => i % 50);
const TWO_HOURS_S = 7_200;

/** What is compressed does not matter here. */
const AS_IT_IS: CodecThread = {
  encode: async (blocks) => await Promise.resolve(new Uint8Array(Buffer.concat(blocks))),
  decode: async (bytes, blocks) =>
    await Promise.resolve(
      Array.from({ length: blocks }, (_, i) => bytes.slice(i * blockBytes, (i + 1) * blockBytes)),
    ),
  close: async () => await Promise.resolve(),
};

describe('a folder of contexts that engines share', () => {
  let directory: string;
  let warnings: string[];
  const files = (): string[] => readdirSync(directory).sort();

  /** One of the engines. What it hands out waits for `gate` after the first chunk. */
  async function engine(gate?: Promise<void>, model = 'tiny') {
    const loaded: number[] = [];
    const contexts: Contexts = await openContexts({
      directory,
      model,
      kv: KV,
      rope: { theta: 10_000, dims: 4, scaling: { kind: 'none' } },
      modelPath: null,
      blockBytes,
      codec: AS_IT_IS,
      log: { info: () => {}, warn: (text) => warnings.push(text) },
      engine: {
        async *exportPrefix(tokens) {
          for (let i = 0; i < tokens.length / BLOCK_TOKENS; i++) {
            if (i === 20) await gate;
            yield new Uint8Array(blockBytes).fill(i);
          }
        },
        async importPrefix(tokens, blocks) {
          let at = 0;
          for await (const block of blocks) expect(block[0]).toBe(at++);
          expect(at * BLOCK_TOKENS).toBe(tokens.length);
          loaded.push(at);
          return true;
        },
        cachedPrefix: () => 0,
      },
    });
    return { contexts, loaded };
  }

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'shared-contexts-'));
    warnings = [];
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('shows to each what another has saved, whole, and loads it', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const writer = await engine(gate);
    const reader = await engine();
    const saving = writer.contexts.save(TOKENS);
    while (files().length === 0) await new Promise((resolve) => setImmediate(resolve));
    // One that starts now must not touch what is being written, nor does anybody read it.
    const late = await engine();
    expect(await late.contexts.list()).toEqual([]);
    expect(await reader.contexts.load(TOKENS)).toBe(0);
    open();
    const saved = await saving;
    for (const { contexts, loaded } of [reader, late]) {
      expect(await contexts.load([...TOKENS, 1])).toBe(TOKENS.length);
      expect(loaded).toEqual([40]);
      expect(await contexts.list()).toEqual([saved]);
    }
    expect(files()).toEqual([`${saved.name}.ilkv`]);
    expect(warnings).toEqual([]);
  });

  it('takes the same text from two at once', async () => {
    const [a, b] = [await engine(), await engine()];
    const [first, second, third] = await Promise.all([
      a.contexts.save(TOKENS),
      b.contexts.save(TOKENS),
      a.contexts.save(TOKENS),
    ]);
    expect([second, third]).toEqual([first, first]);
    expect(files()).toEqual([`${first.name}.ilkv`]);
    expect(await b.contexts.load(TOKENS)).toBe(TOKENS.length);
  });

  it('lets each remove what another has saved, which is no error', async () => {
    const [a, b] = [await engine(), await engine()];
    const { name } = await a.contexts.save(TOKENS);
    expect(await b.contexts.remove(name)).toBe(true);
    expect(await a.contexts.remove(name)).toBe(false);
    expect(await a.contexts.load(TOKENS)).toBe(0);
    await a.contexts.save(TOKENS);
    expect(await b.contexts.load(TOKENS)).toBe(TOKENS.length);
    // The file goes after it was found and before it is read.
    const loading = b.contexts.load(TOKENS);
    rmSync(directory, { recursive: true });
    expect(await loading).toBe(0);
    expect(await b.contexts.load(TOKENS)).toBe(0);
    expect(warnings.filter((text) => text.includes('could not be loaded'))).toEqual([]);
  });

  it('takes a damaged file again once another has saved it anew', async () => {
    const [a, b] = [await engine(), await engine()];
    const { name } = await a.contexts.save(TOKENS);
    const path = join(directory, `${name}.ilkv`);
    const good = readFileSync(path);
    writeFileSync(path, good.subarray(0, good.length - 9));
    expect(await b.contexts.load(TOKENS)).toBe(0);
    expect(await b.contexts.load(TOKENS)).toBe(0);
    expect(warnings).toHaveLength(1);
    await a.contexts.save(TOKENS);
    expect(await b.contexts.load(TOKENS)).toBe(TOKENS.length);
  });

  it('keeps apart what different models save', async () => {
    const [a, b] = [await engine(), await engine(undefined, 'other')];
    await a.contexts.save(TOKENS);
    expect(await b.contexts.list()).toEqual([]);
    expect(await b.contexts.load(TOKENS)).toBe(0);
    await b.contexts.save(TOKENS);
    expect(files()).toHaveLength(2);
    expect(await a.contexts.list()).toHaveLength(1);
  });

  it('is rid of what a writer left that was killed, once it is certainly dead', async () => {
    const module = new URL('../../../dist/engine/context/context-file.js', import.meta.url).href;
    const head = { model: 'tiny', kv: KV, tokens: TOKENS, chunkBlocks: 16 };
    const script = `
      const { writeContext } = await import(${JSON.stringify(module)});
      async function* chunks() {
        yield new Uint8Array(1000);
        process.stdout.write('half');
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      }
      await writeContext(${JSON.stringify(join(directory, `${'a'.repeat(32)}.ilkv`))}, ${JSON.stringify(head)}, chunks());`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'close');
    const [left = ''] = files();
    expect(left).toMatch(/^a{32}\.ilkv\.[\w-]+\.part$/);
    const foreign = 'report.part';
    copyFileSync(join(directory, left), join(directory, foreign));
    const { contexts } = await engine();
    expect(await contexts.list()).toEqual([]);
    expect(files()).toEqual([left, foreign]);
    const past = Date.now() / 1000 - TWO_HOURS_S;
    for (const file of files()) utimesSync(join(directory, file), past, past);
    await engine();
    expect(files()).toEqual([foreign]);
    // Those that run on look when they save.
    renameSync(join(directory, foreign), join(directory, left));
    await contexts.save(TOKENS);
    expect(files()).toHaveLength(1);
    expect(warnings).toEqual([]);
  });
});
