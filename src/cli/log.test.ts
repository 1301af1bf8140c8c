import { describe, expect, it } from 'vitest';
import { Secret } from '../core/secret.ts';
import { createLog } from './log.ts';

function logged(format: 'json' | 'text', message: string, fields?: Record<string, unknown>): string {
  let text = '';
  const log = createLog({
    write: (line) => (text += line),
    format,
    now: () => Date.parse('2026-11-24T12:00:00Z'),
  });
  log.warn(message, fields);
  return text;
}

describe('the log', () => {
  it('writes one JSON object a line', () => {
    const text = logged('json', 'two\nlines', {
      n: 1,
      big: 7n,
      error: new Error('why', { cause: 'deeper' }),
    });
    expect(text.match(/\n/g)).toHaveLength(1);
    expect(JSON.parse(text)).toMatchObject({
      time: '2026-11-24T12:00:00.000Z',
      level: 'warn',
      message: 'two\nlines',
      n: 1,
      big: '7',
      error: { name: 'Error', message: 'why', cause: 'deeper' },
    });
  });

  it('writes for people', () => {
    expect(logged('text', 'listening', { port: 1, name: 'a' })).toBe(
      '12:00:00 warn: listening port=1 name=a\n',
    );
  });

  it.each(['json', 'text'] as const)('shows no credential as %s', (format) => {
    const secrets = [
      'sk-illm-3fK2abcdefgh',
      'sk-proj-abcdefgh1234',
      'AIzaSyA1234567890123456789012345678901',
      'hunter2hunter2',
    ];
    const text = logged(format, `used ${secrets[0]}`, {
      headers: { authorization: `Bearer ${secrets[3]}` },
      url: `https://host/v1?key=${secrets[2]}`,
      error: new Error(`bad key ${secrets[1]}`),
      secret: new Secret(secrets[1] ?? ''),
    });
    for (const secret of secrets) expect(text).not.toContain(secret);
  });

  it('survives what JSON can not say', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(logged('json', 'x', circle)).toContain('can not be written');
  });
});
