import type { Dialect } from '../core/dialect.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { Limits } from '../core/settings.ts';
import type { BaseUrl } from './http/base-url.ts';
import type { ProviderKind } from './provider-kind.ts';

/** What a request to one configured provider needs to know of it. */
export interface ProviderContext {
  readonly name: string;
  readonly kind: ProviderKind;
  readonly base: BaseUrl;
  /** Spoken by the provider, the preferred one first. */
  readonly dialects: readonly Dialect[];
  /** Configured headers, names in lower case; they win over the client's. */
  readonly headers: Readonly<Record<string, string>>;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Log;
}
