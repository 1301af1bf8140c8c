/** Kernels of the engine: KV blocks are in the memory that they import, and so are all pointers. */
export { attendBf16, attendInt8, shortenQueries } from './attend';
export { expInPlace } from './exp';
export { clear, narrow, swapOuter } from './order';
export { appendBf16, appendInt8, expandBf16, expandInt8, roundBf16, roundInt8 } from './store';
