import { stringify } from 'yaml';
import type { Settings } from '../../core/settings.ts';

/** The settings in force as YAML, without secrets: keys as their fingerprints, passwords in URLs left out. */
export function showSettings(settings: Settings): string {
  const { listen, store, sharedUrl, providers, models, engine, prices, limits, retry } = settings;
  const shown = {
    listen,
    store: { ...store, url: withoutPassword(store.url), redact: store.redact.map(({ source }) => source) },
    shared: sharedUrl === null ? null : { url: withoutPassword(sharedUrl) },
    providers: Object.fromEntries(
      Object.entries(providers).map(([name, { kind, baseUrl, keys, dialects, headers, models, gpu }]) => [
        name,
        {
          kind,
          baseUrl,
          keys: keys.map(String),
          dialects,
          headers: Object.fromEntries(Object.keys(headers).map((header) => [header, '[not shown]'])),
          models,
          gpu,
        },
      ]),
    ),
    models: Object.fromEntries(
      Object.entries(models).map(([name, { targets, strategy }]) => [
        name,
        { targets: targets.map(({ provider, model }) => `${provider}/${model}`), strategy },
      ]),
    ),
    engine,
    prices,
    limits,
    retry,
  };
  return stringify(shown, { aliasDuplicateObjects: false });
}

/** A URL fit to be shown; anything else as it is. */
export function withoutPassword(url: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return url;
  if (!URL.canParse(url)) return '[not shown]';
  const parsed = new URL(url);
  if (parsed.password === '') return url;
  parsed.password = '***';
  return parsed.href;
}
