import { describe, expect, it } from 'vitest';
import { dialectNamed } from '../../src/dialects/index.ts';
import { toldWindow } from '../../src/policy/fit/told-window.ts';
import { TOO_LONG } from '../fakes/index.ts';

describe('refusals of prompts that are too long', () => {
  it.each(TOO_LONG)('are recognised as those of $server', ({ dialect, status, body, window, needed }) => {
    const error = dialectNamed(dialect).parseError(status, body);
    expect(error.code).toBe('context_too_long');
    expect(toldWindow(error.message)).toEqual({ window, needed });
  });

  it.each([
    'Rate limit reached for gpt-4o: Limit 30000, Requested 150012',
    'max_tokens is too large: 100000. This model supports at most 16384 completion tokens',
    '',
  ])('are not seen in %j', (message) => {
    expect(toldWindow(message)).toEqual({ window: null, needed: null });
  });
});
