import type { Operation } from '../../core/call.ts';
import type { Route } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';

export function route(method: string, path: string): Route | null {
  if (method !== 'POST') return null;
  if (path === '/v1/chat/completions') return { operation: 'generate' };
  if (path === '/v1/embeddings') return { operation: 'embed' };
  return null;
}

/** @returns a path below a base URL that holds the version: `https://api.openai.com/v1` */
export function upstreamPath(operation: Operation): string {
  switch (operation) {
    case 'generate':
      return '/chat/completions';
    case 'embed':
      return '/embeddings';
    case 'count-tokens':
    case 'relay':
      throw new CallError('unsupported', 'The chat completions API has no such endpoint.');
  }
}
