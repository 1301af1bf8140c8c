import type { Operation } from '../../core/call.ts';
import type { Route } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';

const GENERATE = '/v1/messages';
const COUNT = '/v1/messages/count_tokens';

/** https://docs.claude.com/en/api/messages and /messages-count-tokens */
export function route(method: string, path: string): Route | null {
  if (method !== 'POST') return null;
  if (path === GENERATE) return { operation: 'generate' };
  return path === COUNT ? { operation: 'count-tokens', stream: false } : null;
}

export function upstreamPath(operation: Operation): string {
  if (operation === 'generate') return GENERATE;
  if (operation === 'count-tokens') return COUNT;
  throw new CallError('unsupported', `The Anthropic API has no endpoint for ${operation}.`);
}
