import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBaseUrl, pathBelow } from './base-url.ts';

const BASE = parseBaseUrl('https://api.example.com/v1');

describe('parseBaseUrl', () => {
  it('does not mind a slash at the end', () => {
    expect(parseBaseUrl('https://api.example.com/v1/')).toEqual(BASE);
    expect(parseBaseUrl('http://127.0.0.1:8000')).toEqual({ origin: 'http://127.0.0.1:8000', path: '' });
  });

  it.each([
    '',
    'api.example.com',
    'file:///etc/passwd',
    'ftp://x',
    'https://user:pw@x/',
    'https://x/?a=b',
    'https://x/#a',
  ])('refuses %j', (text) => {
    expect(() => parseBaseUrl(text)).toThrow(RangeError);
  });
});

describe('pathBelow', () => {
  it.each([
    ['/chat/completions', '/v1/chat/completions'],
    ['/v1/audio/speech?x=1', '/v1/audio/speech?x=1'],
    ['/files/file-1%20a/content', '/v1/files/file-1%20a/content'],
    ['/models/gemini-2.5-flash:generate', '/v1/models/gemini-2.5-flash:generate'],
    ['/a..b/...', '/v1/a..b/...'],
    ['/x?next=../../y', '/v1/x?next=../../y'],
    ['/v1beta/x', '/v1/v1beta/x'],
  ])('%s goes to %s', (path, expected) => {
    expect(pathBelow(BASE, path)).toBe(expected);
  });

  it.each([
    '//evil.example/x',
    'http://evil.example/x',
    '@evil.example',
    '',
    'x',
    '/../admin',
    '/a/../../admin',
    '/..',
    '/a/..',
    '/./a',
    '/%2e%2e/admin',
    '/%2E./admin',
    '/..%2fadmin',
    '/a/..%5cadmin',
    '/%252e%252e/admin',
    '/\\..\\admin',
    '/a\\b',
    '/a b',
    '/a\r\nHost: evil.example',
    '/a\u0000',
    '/ä',
    '/a#b',
    '/%zz',
  ])('%j goes nowhere', (path) => {
    expect(() => pathBelow(BASE, path)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  it('never leaves the origin and path of the provider', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2f',
      '%5c',
      '%25',
      '\\',
      'v1',
      'a',
      '?',
      '#',
      '@',
      ':',
      '//',
      ' ',
      '\r\n',
      'é',
      'http:',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        let path: string;
        try {
          path = pathBelow(BASE, pieces.join(''));
        } catch {
          return;
        }
        const url = new URL(BASE.origin + path);
        expect(url.origin).toBe(BASE.origin);
        expect(url.pathname.startsWith('/v1/')).toBe(true);
        // An empty query is no query to URL.
        expect(url.pathname + url.search).toBe(path.replace(/^([^?]*)\?$/, '$1'));
        // Also when a server decodes before it looks.
        const decoded = new URL(
          BASE.origin + decodeURIComponent(path.split('?')[0]!).replaceAll('?', '%3f').replaceAll('#', '%23'),
        );
        expect(decoded.pathname.startsWith('/v1/')).toBe(true);
      }),
      { numRuns: 3000, examples: [[['/', '?', '?']]] },
    );
  });
});
