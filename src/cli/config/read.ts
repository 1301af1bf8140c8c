import { dirname } from 'node:path';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { isObject } from '../../core/json.ts';
import { messageOf } from '../../core/message-of.ts';
import type { ProviderSettings, Settings } from '../../core/settings.ts';
import { buildEngine, LOCAL_PROVIDER } from './engine.ts';
import { explain, type Finding } from './explain.ts';
import { type AliasEntry, type ConfigFile, fileSchema, type ProviderEntry } from './file-schema.ts';
import { collectFindings } from './findings.ts';
import { configJsonSchema, kindNames } from './json-schema.ts';
import type { ProviderKindInfo } from './kinds.ts';
import { buildAdmission } from './levers/admit.ts';
import { buildBatch } from './levers/batch.ts';
import { buildPlan } from './levers/index.ts';
import { locate, type PathStep } from './locate.ts';
import { buildAlias, buildPrices } from './models.ts';
import { ConfigError, formatPath, type Problem } from './problem.ts';
import { buildProvider, defaultProviders, type ProviderContext } from './providers.ts';
import { checkReferences, type Environment } from './references.ts';
import { salvage } from './salvage.ts';
import { buildShared, buildStore } from './stores.ts';

export interface ReadOptions {
  /** Named in errors; relative paths in the file start at its directory. Null when there is no file. */
  readonly file: string | null;
  readonly env: Environment;
  readonly kinds: readonly ProviderKindInfo[];
  readonly dialects: readonly string[];
  readonly overrides: Overrides;
  /** Sections whose errors count; all when left out. For commands that only need to find the store. */
  readonly sections?: readonly string[] | undefined;
}

/** Settings given on the command line, which win over the file. */
export interface Overrides {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly dataDir?: string | undefined;
}

export interface ReadResult {
  readonly settings: Settings;
  readonly warnings: readonly Problem[];
}

/**
 * Reads the text of a configuration file; an empty text is a configuration that leaves everything to the defaults.
 * @throws ConfigError with every error in it
 */
export function readSettings(text: string, options: ReadOptions): ReadResult {
  const file = options.file ?? 'the environment';
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ message, pos }) => {
      const { line, col } = lines.linePos(pos[0]);
      return {
        severity: 'error',
        line,
        column: col,
        path: '',
        message: `no valid YAML: ${message}`,
        remedy: '',
      } as const;
    });
    throw new ConfigError(file, problems);
  }
  const placed = (severity: Problem['severity'], { path, message, remedy }: Finding): Problem => {
    const place = options.file === null ? null : locate(document, lines, path);
    return {
      severity,
      line: place?.line ?? null,
      column: place?.column ?? null,
      path: formatPath(path),
      message,
      remedy,
    };
  };
  const { settings, warnings, ...found } = interpret(valueOf(document, file), options);
  const errors = found.errors.filter(({ path: [section] }) => countsHere(section, options.sections));
  const problems = warnings.map((finding) => placed('warning', finding));
  if (errors.length > 0)
    throw new ConfigError(file, [...errors.map((finding) => placed('error', finding)), ...problems]);
  return { settings, warnings: problems };
}

function countsHere(section: PathStep | undefined, sections: readonly string[] | undefined): boolean {
  return sections === undefined || section === undefined || sections.includes(String(section));
}

interface Interpreted {
  readonly settings: Settings;
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
}

function interpret(given: unknown, options: ReadOptions): Interpreted {
  const { env, kinds, dialects, overrides } = options;
  const raw = withoutEmpty(given);
  const schema = fileSchema(kindNames(kinds));
  const parsed = schema.safeParse(raw, { reportInput: true });
  const malformed = checkReferences(raw);
  if (!parsed.success) {
    const described = configJsonSchema(kinds);
    malformed.push(...parsed.error.issues.flatMap((issue) => explain(issue, described)));
  }
  const findings = collectFindings();
  const file: ConfigFile = parsed.success ? parsed.data : salvage(raw, schema);
  const context: ProviderContext = { env, kinds, dialects, findings };
  const providers = file.providers ? buildProviders(file.providers, context) : defaultProviders(context);
  const names =
    isObject(raw) && isObject(raw['providers']) ? Object.keys(raw['providers']) : Object.keys(providers);
  const baseDir = options.file === null ? process.cwd() : dirname(options.file);
  const levers = {
    providers: file.engine.enabled === false ? names : [...new Set([...names, LOCAL_PROVIDER])],
    aliases: Object.keys(file.models),
    aliasTargets: (alias: string) =>
      Object.hasOwn(file.models, alias) ? file.models[alias]?.targets : undefined,
    baseDir,
    storesBodies: file.store.bodies,
    findings,
  };
  const models = Object.fromEntries(
    Object.entries(file.models).map(([name, entry]) => {
      const plan = buildPlan(file, withStrategy(entry), { ...levers, path: ['models', name] });
      return [name, buildAlias(name, entry, levers, plan)];
    }),
  );
  const storeContext = { env, baseDir, dataDir: overrides.dataDir ?? null, findings };
  const settings: Settings = {
    listen: {
      ...file.listen,
      host: overrides.host ?? file.listen.host,
      port: overrides.port ?? file.listen.port,
    },
    store: buildStore(file.store, storeContext),
    sharedUrl: buildShared(file.shared, storeContext),
    providers,
    models,
    engine: buildEngine(file.engine, { providers: names, baseDir, findings }),
    prices: buildPrices(file.prices, findings),
    limits: file.limits,
    retry: file.retry,
    plan: buildPlan(file, {}, { ...levers, path: [] }),
    admission: buildAdmission(file, levers),
    batch: buildBatch(file.batch, levers),
  };
  // What is malformed was left out before the settings were built, and what that alone makes wrong is not told.
  const others = findings.errors.filter(
    ({ path }) => !malformed.some((finding) => startsWith(finding.path, path)),
  );
  return { settings, errors: [...malformed, ...others], warnings: findings.warnings };
}

function startsWith(path: readonly PathStep[], start: readonly PathStep[]): boolean {
  return start.every((step, index) => String(step) === String(path[index]));
}

/** @throws ConfigError for a reference to an anchor that is not there, or too many of them */
function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    const message = `no valid YAML: ${messageOf(error)}`;
    throw new ConfigError(file, [
      { severity: 'error', line: null, column: null, path: '', message, remedy: '' },
    ]);
  }
}

function buildProviders(
  entries: Readonly<Record<string, ProviderEntry>>,
  context: ProviderContext,
): Record<string, ProviderSettings> {
  return Object.fromEntries(
    Object.entries(entries).flatMap(([name, entry]) => {
      const provider = buildProvider(name, entry, context);
      return provider ? [[name, provider]] : [];
    }),
  );
}

/** A section with nothing below it, as after commenting out its lines, is a section left out. */
function withoutEmpty(given: unknown): unknown {
  if (!isObject(given)) return given;
  const sections = Object.entries(given).filter(([, section]) => section !== null);
  return Object.fromEntries(
    sections.map(([name, section]) => {
      if (name !== 'providers' || !isObject(section)) return [name, section];
      return [name, Object.fromEntries(Object.entries(section).map(([key, entry]) => [key, entry ?? {}]))];
    }),
  );
}

/** `strategy` beside the targets is short for the one in `route`. */
function withStrategy(entry: AliasEntry): AliasEntry {
  const { route, strategy } = entry;
  return strategy === undefined ? entry : { ...entry, route: { strategy, ...route } };
}
