import type { Operation } from '../../core/call.ts';
import type { Route } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';

export function route(method: string, path: string): Route | null {
  return method === 'POST' && path === '/v1/responses' ? { operation: 'generate' } : null;
}

/** @returns a path below a base URL that holds the version: `https://api.openai.com/v1` */
export function upstreamPath(operation: Operation): string {
  switch (operation) {
    case 'generate':
      return '/responses';
    case 'embed':
    case 'count-tokens':
    case 'relay':
      throw new CallError('unsupported', 'The Responses API has no such endpoint.');
  }
}
