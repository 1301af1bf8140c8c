import type { Answer } from './answer.ts';
import type { Call } from './call.ts';
import type { Part } from './part.ts';
import type { PricedCost } from './price.ts';
import type { CallRecord } from './record.ts';
import type { Target } from './target.ts';
import type { Usage } from './usage.ts';
import type { VirtualKey } from './key.ts';

/** Answers a call. The first part is `head`, the last `finish`; failure is a thrown CallError. */
export type Handler = (call: Call) => AsyncIterable<Part>;

/** One policy: wraps the next handler. The returned function carries the stage's name, so stack traces read as the pipeline. */
export type Stage = (next: Handler) => Handler;

/** Anything that answers calls for a target: a provider over HTTP, or an engine. `call.target` is set. */
export interface Upstream {
  readonly provider: string;
  /** Dialects it speaks by itself, the preferred one first. A client of one of them is relayed. */
  readonly dialects: readonly string[];
  send: Handler;
}

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Monotonic milliseconds with a fraction, for durations. */
  ticks(): number;
  /** Resolves after `ms`, or at once rejects when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Uniform in [0, 1). */
export type Random = () => number;

export interface PriceQuery {
  /** What configured rules match. */
  readonly target: Target;
  /** The model that answered, where the provider said so: the list price is that model's. */
  readonly servedModel: string | null;
  /** The provider's kind: `openai`, `anthropic`, `google`, `openai-compatible`. */
  readonly providerKind: string;
  readonly usage: Usage;
  /** Epoch milliseconds; prices are dated. */
  readonly at: number;
  /** The tier that served the call, null when the provider does not say. */
  readonly serviceTier: string | null;
}

export interface PriceBook {
  price(query: PriceQuery): PricedCost;
}

/** Counts tokens off the event loop. */
export interface TokenCounter {
  /** Tokens of the text for that model; `exact` is false where the model's own tokenizer is not public. */
  count(text: string, model: string): Promise<{ readonly tokens: number; readonly exact: boolean }>;
}

/** Takes finished calls. After `append` returns, the record survives a kill of the process. */
export interface LedgerSink {
  /** @throws CallError `not_ready` when the record can be kept nowhere. */
  append(record: CallRecord): void;
  /** Null while new calls may come; else why not. */
  refusal(): string | null;
}

/** Turns texts into vectors of unit length whose scalar product says how near their meanings are. */
export interface Embedder {
  readonly dimensions: number;
  /** Resolves when it can embed. @throws CallError `not_ready` that says what is missing */
  ready(): Promise<void>;
  /** One vector a text, in their order. @throws CallError `not_ready` */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
}

export interface BackgroundTask {
  /** The call it belongs to: its caller, prompt and plan. */
  readonly call: Call;
  /** One word for the ledger, kept as the tag `illm-purpose`. */
  readonly purpose: string;
  /** The rest of the pipeline to run; all of it when left out. */
  readonly next?: Handler;
  /** The ledger row's id and time, when they must be the same at each try. */
  readonly id?: string;
  /** Epoch milliseconds. */
  readonly receivedAt?: number;
}

/** Runs calls of the gateway's own beside those of clients. Each gets its own row in the ledger. */
export interface Background {
  /** @throws CallError as the pipeline does, and `not_ready` when too many wait already */
  run(task: BackgroundTask): Promise<{ readonly answer: Answer; readonly record: CallRecord }>;
}

/** The virtual keys, in memory. */
export interface KeyRing {
  /** False until the keys were read once: then nobody may be let in. */
  readonly ready: boolean;
  /** True once any call key exists: then only virtual keys are accepted. */
  readonly required: boolean;
  find(secret: string): VirtualKey | null;
}

/** Tells all gateways of one installation: other workers by IPC, other machines through Redis. */
export interface Bus {
  publish(topic: string, message: string): void;
  /** Also called for messages of this process. Returns the way to stop. */
  subscribe(topic: string, listener: (message: string) => void): () => void;
  close(): Promise<void>;
}

export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
