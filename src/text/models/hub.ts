import { z } from 'zod';
import type { Remote } from './download.ts';
import { getText, type GetOptions, type Site } from './http-get.ts';
import { PullError } from './pull-error.ts';

const MOST_BYTES = 32 * 1024 * 1024;

const repoSchema = z.object({
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  siblings: z.array(
    z.object({
      rfilename: z.string(),
      size: z.number().int().min(0).optional(),
      blobId: z.string().optional(),
      lfs: z.object({ sha256: z.string(), size: z.number().int().min(0) }).nullish(),
    }),
  ),
});

type Sibling = z.infer<typeof repoSchema>['siblings'][number];

/** What makes a folder that can be opened, beside its weights. */
const FOLDER_FILES = new Set([
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'chat_template.jinja',
  'model.safetensors.index.json',
]);
const WEIGHTS = /^model(-\d{5}-of-\d{5})?\.safetensors$/;

/**
 * The files of a repository that make up a model: the one named, its only GGUF file, or the folder that Hugging
 * Face's own libraries load. @throws PullError, Interrupted
 */
export async function findHubFiles(
  site: Site,
  repo: string,
  file: string | null,
  options: GetOptions,
): Promise<(Remote & { readonly name: string })[]> {
  const url = new URL(`api/models/${repo}/revision/main?blobs=true`, site.base);
  const { text } = await getText(site, url, options, MOST_BYTES).catch((error: unknown) => {
    throw error instanceof PullError && site.authorization === null && /answered 40[134]/.test(error.message)
      ? new PullError(`${error.message} If the repository is private or gated, set HF_TOKEN.`, {
          cause: error,
        })
      : error;
  });
  const parsed = repoSchema.safeParse(jsonOf(text));
  if (!parsed.success) throw new PullError(`${site.base.host} answered with no list of ${repo}'s files.`);
  const { sha, siblings } = parsed.data;
  return choose(repo, siblings, file).map((sibling) => ({
    name: sibling.rfilename.slice(sibling.rfilename.lastIndexOf('/') + 1),
    site,
    url: hubFileUrl(site, repo, sha, sibling.rfilename),
    ...expectedOf(sibling),
  }));
}

export function hubFileUrl(site: Site, repo: string, revision: string, file: string): URL {
  return new URL(
    `${repo}/resolve/${revision}/${file.split('/').map(encodeURIComponent).join('/')}`,
    site.base,
  );
}

function choose(repo: string, all: readonly Sibling[], file: string | null): Sibling[] {
  const named = (test: (name: string) => boolean): Sibling[] =>
    all.filter(({ rfilename }) => test(rfilename));
  if (file !== null) {
    const found = named((name) => name === file);
    if (found.length === 0) throw new PullError(`${repo} has no file ${file}.${listed(all)}`);
    return found;
  }
  const weights = named((name) => WEIGHTS.test(name));
  if (weights.length > 0) return [...named((name) => FOLDER_FILES.has(name)), ...weights];
  const ggufs = named((name) => name.endsWith('.gguf'));
  if (ggufs.length === 1) return ggufs;
  throw new PullError(
    ggufs.length === 0
      ? `${repo} has neither a GGUF file nor safetensors weights.`
      : `${repo} has several GGUF files; name one as ${repo}:FILE.${listed(ggufs)}`,
  );
}

function listed(files: readonly Sibling[]): string {
  const names = files.map(({ rfilename }) => rfilename).filter((name) => name.endsWith('.gguf'));
  return names.length === 0 ? '' : ` It has: ${names.slice(0, 40).join(', ')}.`;
}

function expectedOf({ rfilename, size, blobId, lfs }: Sibling): Pick<Remote, 'bytes' | 'digest'> {
  if (lfs && /^[0-9a-f]{64}$/.test(lfs.sha256))
    return { bytes: lfs.size, digest: { kind: 'sha256', hex: lfs.sha256 } };
  if (size !== undefined && blobId !== undefined && /^[0-9a-f]{40}$/.test(blobId))
    return { bytes: size, digest: { kind: 'git-blob', hex: blobId } };
  throw new PullError(`The hub names no hash of ${rfilename}, so it could not be verified.`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
