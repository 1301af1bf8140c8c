export type { Span, SpanKind } from './span.ts';
export { splitSpans, type SplitOptions } from './split.ts';
