export type { KeyHealth } from './keys/key-pool.ts';
export type { ProviderKind } from './provider-kind.ts';
export type { ProviderHealth } from './provider.ts';
export type { TargetHealth } from './breaker/breakers.ts';
export { parseBaseUrl } from './http/base-url.ts';
export { PROVIDER_KINDS, providerKind } from './providers/index.ts';
export { createUpstreams, dispatch, type Upstreams, type UpstreamsOptions } from './upstreams.ts';
