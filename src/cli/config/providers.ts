import { Secret } from '../../core/secret.ts';
import type { ProviderSettings } from '../../core/settings.ts';
import { checkBaseUrl } from './base-url.ts';
import type { ProviderEntry } from './file-schema.ts';
import type { Findings } from './findings.ts';
import type { ProviderKindInfo } from './kinds.ts';
import { type Environment, isReference, resolveReference } from './references.ts';
import { didYouMean } from '../../core/nearest.ts';

export interface ProviderContext {
  readonly env: Environment;
  readonly kinds: readonly ProviderKindInfo[];
  /** Names of the dialects that a server may be said to speak. */
  readonly dialects: readonly string[];
  readonly findings: Findings;
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * The providers when none are configured: those with a key in the environment; with none, every public one, to which
 * clients bring their own credentials.
 */
export function defaultProviders({ env, kinds }: ProviderContext): Record<string, ProviderSettings> {
  const all = kinds.flatMap((kind) => {
    if (kind.defaultBaseUrl === null) return [];
    return [plainProvider(kind, kind.defaultBaseUrl, environmentKeys(kind, env))];
  });
  const withKeys = all.filter(({ keys }) => keys.length > 0);
  return Object.fromEntries(
    (withKeys.length > 0 ? withKeys : all).map((provider) => [provider.name, provider]),
  );
}

/** One configured provider, or null with findings that say why not. */
export function buildProvider(
  name: string,
  entry: ProviderEntry,
  context: ProviderContext,
): ProviderSettings | null {
  const { kinds, findings } = context;
  const path = ['providers', name];
  const kind = kinds.find((known) => known.kind === (entry.kind ?? name));
  if (!kind) {
    const names = kinds.map((known) => known.kind).join(', ');
    findings.error(path, 'has no kind', `Add "kind: " and the API that it offers: ${names}.`);
    return null;
  }
  checkDialects(name, entry, context);
  const baseUrl = providerUrl(name, entry, kind, context);
  const keys = providerKeys(name, entry, kind, context);
  const headers = providerHeaders(name, entry, context);
  if (baseUrl === null) return null;
  const { dialects = null, models, gpu = null, window, contextWindows } = entry;
  return {
    name,
    kind: kind.kind,
    baseUrl,
    keys,
    dialects,
    headers,
    models,
    gpu,
    ...(window !== undefined && { window }),
    ...(contextWindows && { contextWindows }),
  };
}

function providerUrl(
  name: string,
  entry: ProviderEntry,
  kind: ProviderKindInfo,
  { env, findings }: ProviderContext,
): string | null {
  const path = ['providers', name, 'baseUrl'];
  if (entry.baseUrl === undefined) {
    if (kind.defaultBaseUrl !== null) return kind.defaultBaseUrl;
    findings.error(
      path.slice(0, 2),
      'has no baseUrl',
      'Add "baseUrl: " and where its API starts, such as http://vllm.internal:8000/v1.',
    );
    return null;
  }
  const url = resolveReference(entry.baseUrl, env);
  if ('value' in url) return checkBaseUrl(url.value, path, findings);
  findings.error(
    path,
    `the environment variable ${url.missing} is not set`,
    'Set it, or write the URL itself.',
  );
  return null;
}

/**
 * The environment's usual keys stand in for keys that are left out, but only towards the kind's own host: they must not
 * go to another.
 */
function providerKeys(
  name: string,
  entry: ProviderEntry,
  kind: ProviderKindInfo,
  { env, findings }: ProviderContext,
): Secret[] {
  if (entry.keys === undefined) return entry.baseUrl === undefined ? environmentKeys(kind, env) : [];
  const values = new Set<string>();
  const missing: { index: number; variable: string }[] = [];
  for (const [index, text] of entry.keys.entries()) {
    const key = resolveReference(text, env);
    if ('value' in key) values.add(key.value);
    else missing.push({ index, variable: key.missing });
    if (!isReference(text))
      findings.warn(
        ['providers', name, 'keys', index],
        'the key stands in the file',
        'Better put it into an environment variable and write env:NAME.',
      );
  }
  for (const { index, variable } of missing) {
    const path = ['providers', name, 'keys', index];
    const what = `the environment variable ${variable} is not set`;
    if (values.size > 0)
      findings.warn(path, `${what}, so this key is left out`, 'Set it, or remove the entry.');
    else findings.error(path, what, 'Set it before starting, or remove the entry.');
  }
  return [...values].map((value) => new Secret(value));
}

function providerHeaders(
  name: string,
  entry: ProviderEntry,
  { env, findings }: ProviderContext,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [header, text] of Object.entries(entry.headers)) {
    const path = ['providers', name, 'headers', header];
    const value = resolveReference(text, env);
    if (!HEADER_NAME.test(header)) findings.error(path, 'is no header name', 'Use letters, digits and "-".');
    else if ('missing' in value)
      findings.error(
        path,
        `the environment variable ${value.missing} is not set`,
        'Set it, or remove the header.',
      );
    else if (/[\r\n\0]/.test(value.value))
      findings.error(path, 'holds a line break', 'Header values are one line.');
    else headers[header.toLowerCase()] = value.value;
  }
  return headers;
}

function checkDialects(name: string, entry: ProviderEntry, { dialects, findings }: ProviderContext): void {
  for (const [index, dialect] of (entry.dialects ?? []).entries()) {
    if (dialects.includes(dialect)) continue;
    const remedy = didYouMean(dialect, dialects) || `Known: ${dialects.join(', ')}.`;
    findings.error(
      ['providers', name, 'dialects', index],
      `no dialect is called ${JSON.stringify(dialect)}`,
      remedy,
    );
  }
}

function environmentKeys(kind: ProviderKindInfo, env: Environment): Secret[] {
  const value = kind.envKeys.map((variable) => env[variable]?.trim()).find(Boolean);
  return value ? [new Secret(value)] : [];
}

function plainProvider(kind: ProviderKindInfo, baseUrl: string, keys: readonly Secret[]): ProviderSettings {
  return {
    name: kind.kind,
    kind: kind.kind,
    baseUrl,
    keys,
    dialects: null,
    headers: {},
    models: [],
    gpu: null,
  };
}
