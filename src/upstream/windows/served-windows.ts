import { request } from 'undici';
import { isObject } from '../../core/json.ts';
import type { Clock } from '../../core/ports.ts';
import type { ProviderSettings } from '../../core/settings.ts';
import { parseBaseUrl, pathBelow } from '../http/base-url.ts';
import { providerKind } from '../providers/index.ts';

export interface ServedWindowsDeps {
  /** The settings in force. A changed provider is asked anew. */
  readonly providers: () => Readonly<Record<string, ProviderSettings>>;
  readonly clock: Clock;
  /** Longest wait for a server, in milliseconds. */
  readonly patienceMs?: number;
}

/** What self-hosted servers say of their models' windows: `max_model_len` in `GET /v1/models`. */
export interface ServedWindows {
  /** Null where its server has not been asked, or does not say. */
  of(provider: string, model: string): number | null;
  /** Asks a server of that kind, at most once in a while. Never throws. */
  ask(provider: string): Promise<void>;
}

interface Asked {
  readonly settings: ProviderSettings;
  /** Ticks after which it may be asked again. */
  until: number;
  windows: ReadonlyMap<string, number>;
  asking: Promise<void> | null;
}

const KEPT_MS = 10 * 60_000;
/** A server that did not answer may be starting. */
const KEPT_FAILED_MS = 30_000;
const MOST_BYTES = 4 * 1024 * 1024;
const NONE: ReadonlyMap<string, number> = new Map();

export function servedWindows({ providers, clock, patienceMs = 2000 }: ServedWindowsDeps): ServedWindows {
  const asked = new Map<string, Asked>();

  const current = (provider: string): Asked | null => {
    const all = providers();
    const settings = Object.hasOwn(all, provider) ? all[provider] : undefined;
    if (!settings) return null;
    const known = asked.get(provider);
    if (known?.settings === settings) return known;
    const fresh: Asked = { settings, until: Number.NEGATIVE_INFINITY, windows: NONE, asking: null };
    asked.set(provider, fresh);
    return fresh;
  };

  return {
    of: (provider, model) => {
      if (!asked.has(provider)) return null;
      return current(provider)?.windows.get(model) ?? null;
    },
    ask: async (provider) => {
      const entry = current(provider);
      // Public APIs say nothing of it, and their windows are in the price list.
      if (!entry || !providerKind(entry.settings.kind)?.servesAnyModel) return;
      if (!entry.asking && clock.ticks() < entry.until) return;
      entry.asking ??= read(entry.settings, patienceMs).then((windows) => {
        if (windows) entry.windows = windows;
        entry.until = clock.ticks() + (windows ? KEPT_MS : KEPT_FAILED_MS);
        entry.asking = null;
      });
      await entry.asking;
    },
  };
}

/** Null when the server gave no list. */
async function read(
  settings: ProviderSettings,
  patienceMs: number,
): Promise<ReadonlyMap<string, number> | null> {
  try {
    const base = parseBaseUrl(settings.baseUrl);
    const [key] = settings.keys;
    const authorization = key ? providerKind(settings.kind)?.authorize(key) : undefined;
    const { statusCode, body } = await request(`${base.origin}${pathBelow(base, '/v1/models')}`, {
      headers: { ...settings.headers, ...authorization },
      signal: AbortSignal.timeout(patienceMs),
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) return null;
      chunks.push(chunk);
    }
    if (statusCode !== 200) return null;
    return windowsIn(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  } catch {
    return null;
  }
}

function windowsIn(list: unknown): ReadonlyMap<string, number> | null {
  if (!isObject(list) || !Array.isArray(list['data'])) return null;
  const windows = new Map<string, number>();
  for (const model of list['data'] as readonly unknown[]) {
    if (!isObject(model)) continue;
    const { id, max_model_len: window } = model;
    if (typeof id === 'string' && typeof window === 'number' && Number.isSafeInteger(window) && window > 0)
      windows.set(id, window);
  }
  return windows;
}
