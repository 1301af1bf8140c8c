import type { ProviderSettings, Settings } from '../../core/settings.ts';
import { PROVIDER_KINDS } from '../../upstream/index.ts';
import { withoutPassword } from '../config/show.ts';
import type { Paint } from '../output/style.ts';

export interface BannerFacts {
  readonly version: string;
  /** Where clients reach the gateway. */
  readonly url: string;
  readonly settings: Settings;
  readonly configFile: string | null;
  readonly workers: number;
}

/** What people read when the gateway has started: where it is, and how to add a provider when none has a key. */
export function banner({ version, url, settings, configFile, workers }: BannerFacts, paint: Paint): string {
  const { store, providers } = settings;
  const all = Object.values(providers);
  const rows: readonly (readonly [string, string])[] = [
    ['Dashboard', `${url}/`],
    ['Base URLs', `${url}/v1 (OpenAI SDKs), ${url} (Anthropic and Google SDKs)`],
    ['Store', store.url === store.dataDir ? `embedded, in ${store.dataDir}` : withoutPassword(store.url)],
    ['Config', configFile ?? 'none; provider keys from the environment'],
    ['Providers', all.map(describe).join(', ') || 'none'],
    ...(workers > 1 ? [['Workers', String(workers)] as const] : []),
  ];
  const lines = rows.map(([name, value]) => `  ${paint('dim', name.padEnd(10))} ${value}\n`);
  return `${paint('bold', `infinite-llm ${version}`)}\n${lines.join('')}${all.some(isUsable) ? '' : advice(url, paint)}`;
}

function describe({ name, keys }: ProviderSettings): string {
  return keys.length === 0 ? name : `${name} (${keys.length} key${keys.length === 1 ? '' : 's'})`;
}

/** Self-hosted servers often want no key. */
function isUsable({ kind, keys }: ProviderSettings): boolean {
  return keys.length > 0 || PROVIDER_KINDS.some((known) => known.kind === kind && known.envKeys.length === 0);
}

function advice(url: string, paint: Paint): string {
  const variables = PROVIDER_KINDS.flatMap(({ envKeys }) => envKeys.slice(0, 1)).join(', ');
  return `
${paint('yellow', 'No provider has a key yet.')} To add one, either
  - start again with one of ${variables} set, or
  - write infinite-llm.yaml here (it is read when it changes):
      providers:
        openai: { keys: [env:OPENAI_API_KEY] }
Until then clients can use their own keys: point an SDK at ${url}/v1, and its key is passed on to its provider.
`;
}
