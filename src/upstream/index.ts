export { parseBaseUrl } from './http/base-url.ts';
export type { ProviderHealth } from './provider.ts';
export { PROVIDER_KINDS, providerKind } from './providers/index.ts';
export { createUpstreams, dispatch, type Upstreams } from './upstreams.ts';
export { type ServedWindows, servedWindows } from './windows/served-windows.ts';
