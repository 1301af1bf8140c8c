import type { OutputFormat } from '../../core/content.ts';

/** Words that ask for JSON, for models that cannot be made to answer with it. */
export function jsonInstruction(format: Exclude<OutputFormat, { kind: 'text' }>): string {
  if (format.kind === 'json') return 'Answer with one JSON object and nothing else: no prose, no code fence.';
  return `Answer with JSON that follows this JSON Schema and nothing else: no prose, no code fence.\n${JSON.stringify(format.schema)}`;
}
