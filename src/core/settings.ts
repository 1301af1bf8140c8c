import type { AdmissionSettings } from './admission.ts';
import type { BatchSettings } from './batch.ts';
import type { Plan } from './plan.ts';
import type { RouteStrategy } from './plan/route.ts';
import type { Secret } from './secret.ts';

/** The configuration, validated and with secrets resolved. Written by `src/cli/config`, read by the rooms. */
export interface Settings {
  readonly listen: ListenSettings;
  readonly store: StoreSettings;
  /** Redis URL shared by several gateways; null for one. */
  readonly sharedUrl: string | null;
  readonly providers: Readonly<Record<string, ProviderSettings>>;
  readonly models: Readonly<Record<string, ModelAlias>>;
  readonly engine: EngineSettings;
  readonly prices: PriceSettings;
  readonly limits: Limits;
  readonly retry: RetrySettings;
  /** The levers, for calls of every name that has no plan of its own. */
  readonly plan: Plan;
  readonly admission: AdmissionSettings;
  readonly batch: BatchSettings;
}

export interface ListenSettings {
  readonly host: string;
  readonly port: number;
  /** `Host` headers accepted besides loopback names and `host` itself. */
  readonly allowedHosts: readonly string[];
  /** Browser origins that may call the gateway. */
  readonly allowedOrigins: readonly string[];
}

export interface StoreSettings {
  /** A directory for the embedded store, or `postgres://…`. */
  readonly url: string;
  /** Directory of the journal, and of whatever else is local. */
  readonly dataDir: string;
  readonly bodies: boolean;
  /** Regular expressions whose matches are replaced in stored bodies. */
  readonly redact: readonly RegExp[];
  /** Days that call rows are kept; null for ever. Rollups stay. */
  readonly retentionDays: number | null;
}

export interface GpuSettings {
  /** Dollars an hour for one GPU, exact decimal. */
  readonly hourlyUsd: string;
  readonly count: number;
  /** How much more a request in prefill weighs in the machine's time than one in decode. */
  readonly prefillWeight: number;
}

export interface ProviderSettings {
  readonly name: string;
  readonly kind: string;
  readonly baseUrl: string;
  readonly keys: readonly Secret[];
  /** Overrides the dialects that its kind speaks, for servers that speak more. */
  readonly dialects: readonly string[] | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Names to list in `/v1/models`; any other is accepted too. */
  readonly models: readonly string[];
  readonly gpu: GpuSettings | null;
  /** Tokens that fit into its models, prompt and answer together; of those that are not in `contextWindows`. */
  readonly window?: number;
  /** The same by the model's name. */
  readonly contextWindows?: Readonly<Record<string, number>>;
}

/** The local engine, which `serve` runs in processes of its own and serves as provider `local`. */
export interface EngineSettings {
  /** `auto`: when a model is there. */
  readonly enabled: 'auto' | boolean;
  /** Names in the models folder, or paths of a GGUF file or a folder; null for all in the models folder. */
  readonly models: readonly string[] | null;
  /** For each model. */
  readonly kvMemoryBytes: number;
  readonly kvType: 'bf16' | 'int8';
  /** `auto`: exact where others may hold KV, else fast. */
  readonly arithmetic: 'auto' | 'exact' | 'fast';
  /** Where contexts are kept; null: nowhere. */
  readonly contexts: string | null;
  /** Null: the engine's own default. */
  readonly threads: number | null;
  /** Null: the engine's own default. */
  readonly maxSequences: number | null;
  /** Tokens computed in one step. Null: the engine's own default. */
  readonly maxStepTokens: number | null;
  /** host:port where lenders and other engines may join; null for none. */
  readonly listen: string | null;
  /** The host that others reach this machine at; null: that of `listen`. */
  readonly advertise: string | null;
  /** host:port of others to join. */
  readonly join: readonly string[];
  /** PEM files, for connections with lenders and other engines; null: they are not encrypted. */
  readonly tls: EngineTlsFiles | null;
  /** What the machine costs; null: calls to it are unpriced. */
  readonly machine: GpuSettings | null;
}

/** Absolute paths. Certificate and key are for those who listen, the authorities for those who connect. */
export interface EngineTlsFiles {
  readonly cert: string | null;
  readonly key: string | null;
  readonly ca: string | null;
}

export interface ModelAlias {
  readonly name: string;
  readonly targets: readonly { readonly provider: string; readonly model: string }[];
  readonly strategy: RouteStrategy;
  /** The levers, for calls of this name. */
  readonly plan: Plan;
}

export interface PriceRule {
  /** `provider/model`, where `*` stands for any run of characters. */
  readonly match: string;
  /** Dollars per million tokens (or per thousand pieces) by usage kind, exact decimals. Null: keep the list's. */
  readonly rates: Readonly<Record<string, string>> | null;
  /** 0.15 takes 15 % off. Exact decimal. */
  readonly discount: string | null;
}

export interface PriceSettings {
  /** The first rule that matches a target counts. */
  readonly rules: readonly PriceRule[];
}

export interface Limits {
  readonly bodyBytes: number;
  /** Largest whole (non-streamed) answer that is taken from a provider. */
  readonly answerBytes: number;
  /** How long the upstream is read on after the client left, to learn the final usage. */
  readonly drainMs: number;
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  /** Whole request must have arrived within this time. */
  readonly requestMs: number;
  /** How long a shutdown waits for calls in flight. */
  readonly shutdownMs: number;
}

export interface RetrySettings {
  /** Tries a target, the first included. */
  readonly attempts: number;
  readonly baseMs: number;
  readonly maxMs: number;
}

/** The levers' settings, of all names. */
export function plansOf({ models, plan }: Settings): readonly Plan[] {
  return [plan, ...Object.values(models).map((alias) => alias.plan)];
}
