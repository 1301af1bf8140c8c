import type { Settings } from '../../core/settings.ts';

const FIXED: Readonly<Record<string, (settings: Settings) => unknown>> = {
  'listen.host': ({ listen }) => listen.host,
  'listen.port': ({ listen }) => listen.port,
  'store.url': ({ store }) => store.url,
  'store.retentionDays': ({ store }) => store.retentionDays,
  'limits.requestMs': ({ limits }) => limits.requestMs,
  engine: ({ engine }) => JSON.stringify(engine),
  'shared.url': ({ sharedUrl }) => sharedUrl,
};

/** The settings that differ and that a running process can not change. */
export function needRestart(before: Settings, after: Settings): string[] {
  return Object.entries(FIXED)
    .filter(([, read]) => read(before) !== read(after))
    .map(([name]) => name);
}
