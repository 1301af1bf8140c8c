import type { BudgetState } from '../core/admission.ts';
import type { BatchReports } from '../core/batch-report.ts';
import type { ExampleOutcome } from '../core/examples.ts';
import type { Feedback } from '../core/feedback.ts';
import type { VirtualKey } from '../core/key.ts';
import type { Log } from '../core/ports.ts';
import type { CallRecord } from '../core/record.ts';
import type { Secret } from '../core/secret.ts';
import type { ListenSettings } from '../core/settings.ts';
import type { GuardState } from '../policy/compress/index.ts';
import type { ExampleBook, Library } from '../policy/ground/index.ts';
import type { Keys, Queries } from '../store/index.ts';
import type { About, Machine } from './schemas/about.ts';
import type { BatchHours } from './schemas/batches.ts';
import type { CacheState } from './schemas/cache.ts';
import type { LocalEngine } from './schemas/engine.ts';
import type { RouteExperiment, RouteModel } from './schemas/route.ts';

/** The virtual keys: in the store, and as the gateway knows them now. */
export interface KeyAccess extends Keys {
  /** True once an admin key was ever made: then only admin keys open the API. */
  adminRequired(): boolean;
  find(secret: string): VirtualKey | null;
}

/** The caches of answers. */
export interface CacheAccess {
  state(): Promise<CacheState>;
  /** Forgets all answers, and if `learnt` also what the semantic cache knows of their likeness. Gives their number. */
  clear(learnt: boolean): Promise<number>;
}

/** The batches of all tenants. */
export interface BatchAccess extends BatchReports {
  /** One that is over stays as it is. @throws CallError `not_ready` */
  cancel(tenant: string, id: string): Promise<unknown>;
  hours(): BatchHours;
}

/** The guard of the compression. */
export interface CompressAccess {
  guards(): Promise<readonly GuardState[]>;
  /** Begins anew with a model and class of task, or with all. Gives how many had been stopped. */
  resume(model: string | undefined, task: GuardState['task'] | undefined): Promise<number>;
}

/** What calls are routed by. */
export interface RoutingAccess {
  models(): Promise<readonly RouteModel[]>;
  experiments(): Promise<readonly RouteExperiment[]>;
  /** Keeps what somebody thinks of a call's answer. @throws CallError `not_ready` */
  give(feedback: Feedback, record: CallRecord): Promise<void>;
}

/** Well-rated calls that models are shown as examples. */
export interface ExampleAccess extends Pick<ExampleBook, 'drop' | 'list'> {
  /** Takes a rated call in, or gives it up; null where examples are not switched on. Does not fail. */
  rated(feedback: Feedback, record: CallRecord): Promise<ExampleOutcome | null>;
}

export interface ApiDeps {
  readonly listen: () => ListenSettings;
  readonly ledger: Queries;
  readonly keys: KeyAccess;
  /** An admin key given by the environment, besides those in the store. */
  readonly adminKey: Secret | null;
  /** Lets the command line of the same machine in, whatever the keys are. */
  readonly localToken: Secret | null;
  readonly about: () => Promise<Omit<About, 'auth'>>;
  /** The engines of this machine, whether they run or not. */
  readonly engines: () => Promise<readonly LocalEngine[]>;
  readonly cache: CacheAccess;
  readonly batches: BatchAccess;
  readonly budgets: () => Promise<readonly BudgetState[]>;
  readonly library: Pick<Library, 'add' | 'list' | 'remove' | 'search' | 'searching'>;
  readonly examples: ExampleAccess;
  readonly compress: CompressAccess;
  readonly routing: RoutingAccess;
  readonly machines: () => Promise<readonly Machine[]>;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  /** Why this process can not serve calls now; empty when it can. */
  readonly unready: () => readonly string[];
  /** Directory of the built dashboard. It may be missing. */
  readonly webRoot: string;
  readonly version: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}
