import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../core/message-of.ts';
import type { Log } from '../../core/ports.ts';
import { type ContextHead, readHead, UNFINISHED } from './context-file.ts';

export interface KnownFile {
  readonly head: ContextHead;
  readonly bytes: number;
}

export interface ContextFolderOptions {
  readonly directory: string;
  /** Whether a file of this name and head may be used here. */
  readonly isOurs: (name: string, head: ContextHead) => boolean;
  readonly log: Pick<Log, 'warn'>;
}

const SUFFIX = '.ilkv';
/** A writer gives a sign of life with each chunk; one that gave none for so long is dead. */
const DEAD_MS = 3_600_000;
/** Within so long after a change another may leave the folder's time as it was. */
const SETTLE_MS = 2_000;

/**
 * A folder of contexts that several engines use at a time, on one machine or over a network. Files come whole, by being
 * renamed, and go at any time; their names say all that they hold, so it does not matter who wrote one.
 */
export class ContextFolder {
  readonly #options: ContextFolderOptions;
  readonly #known = new Map<string, KnownFile>();
  /** Files of no use, as they were when that was found; null: whatever becomes of them. */
  readonly #leftOut = new Map<string, string | null>();
  #seen: { readonly changed: bigint; readonly sinceMs: number; readonly listedMs: number } | null = null;
  #looking: Promise<void> | null = null;
  #complained = '';

  private constructor(options: ContextFolderOptions) {
    this.#options = options;
  }

  static async open(options: ContextFolderOptions): Promise<ContextFolder> {
    await mkdir(options.directory, { recursive: true, mode: 0o700 });
    const folder = new ContextFolder(options);
    await folder.sweep();
    await folder.refresh();
    return folder;
  }

  get known(): ReadonlyMap<string, KnownFile> {
    return this.#known;
  }

  pathOf(name: string): string {
    return join(this.#options.directory, name + SUFFIX);
  }

  /** This process has written that file. */
  add(name: string, file: KnownFile): void {
    this.#leftOut.delete(name);
    this.#known.set(name, file);
  }

  /** The file turned out to be of no use; as it is now it is not taken again. */
  async leaveOut(name: string): Promise<void> {
    this.#known.delete(name);
    const version = await versionOf(this.pathOf(name));
    if (version !== null) this.#leftOut.set(name, version);
  }

  async remove(name: string): Promise<void> {
    this.#known.delete(name);
    await rm(this.pathOf(name), { force: true });
  }

  /** Learns what others have saved and removed. Takes one `stat` when they have not. Never rejects. */
  async refresh(): Promise<void> {
    this.#looking ??= this.#look()
      .then(
        () => '',
        (error: unknown) => messageOf(error),
      )
      .then((why) => {
        if (why !== '' && why !== this.#complained)
          this.#options.log.warn('The folder of saved contexts cannot be read', { error: why });
        this.#complained = why;
        this.#looking = null;
      });
    await this.#looking;
  }

  /** Removes what writers that died have left. */
  async sweep(): Promise<void> {
    const { directory } = this.#options;
    const left = (await readdir(directory)).filter((file) => UNFINISHED.test(file));
    const old: string[] = [];
    for (const file of left)
      if (Date.now() - (await changedMs(join(directory, file))) > DEAD_MS) old.push(join(directory, file));
    if (old.length === 0) return;
    // Over a network it is the clock of whoever has the folder that counts.
    const probe = join(directory, `.${randomUUID()}.time`);
    await writeFile(probe, '');
    const nowMs = await changedMs(probe);
    await rm(probe, { force: true });
    for (const path of old) if (nowMs - (await changedMs(path)) > DEAD_MS) await rm(path, { force: true });
  }

  async #look(): Promise<void> {
    const nowMs = performance.now();
    // Before the folder is read: what changes meanwhile is then seen the next time.
    const { mtimeNs: changed } = await stat(this.#options.directory, { bigint: true });
    const same = this.#seen?.changed === changed ? this.#seen : null;
    if (same && same.listedMs - same.sinceMs >= SETTLE_MS) return;
    await this.#list();
    this.#seen = { changed, sinceMs: same?.sinceMs ?? nowMs, listedMs: nowMs };
  }

  async #list(): Promise<void> {
    // What this process adds meanwhile is not taken to be gone.
    const before = [...this.#known.keys()];
    const files = await readdir(this.#options.directory);
    const names = new Set(
      files.flatMap((file) => (file.endsWith(SUFFIX) ? [file.slice(0, -SUFFIX.length)] : [])),
    );
    for (const name of before) if (!names.has(name)) this.#known.delete(name);
    for (const name of this.#leftOut.keys()) if (!names.has(name)) this.#leftOut.delete(name);
    for (const name of names) if (!this.#known.has(name)) await this.#learn(name);
  }

  async #learn(name: string): Promise<void> {
    const path = this.pathOf(name);
    const version = await versionOf(path);
    const leftOut = this.#leftOut.get(name);
    if (version === null || leftOut === null || leftOut === version) return;
    try {
      const file = await readHead(path);
      if (this.#options.isOurs(name, file.head)) this.add(name, file);
      // Names are made of what is in the file: this one never is ours.
      else this.#leftOut.set(name, null);
    } catch (error) {
      if (isGone(error)) return;
      this.#leftOut.set(name, version);
      this.#options.log.warn('A saved context cannot be used', { error: messageOf(error) });
    }
  }
}

/** Another has removed it. */
export function isGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'ENOENT' || code === 'ESTALE';
}

async function versionOf(path: string): Promise<string | null> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch {
    return null;
  }
}

/** One that is gone has changed just now. */
async function changedMs(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
