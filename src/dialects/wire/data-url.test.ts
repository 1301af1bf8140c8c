import { describe, expect, it } from 'vitest';
import { formatDataUrl, imageTypeOf, parseMediaUrl } from './data-url.ts';

describe('parseMediaUrl', () => {
  it.each([
    ['https://x.test/a,b.png', null, { kind: 'url', url: 'https://x.test/a,b.png' }],
    ['data:image/png;base64,QUJD', 'image/png', { kind: 'base64', data: 'QUJD' }],
    ['DATA:Image/PNG;charset=utf-8;BASE64,QUJD', 'image/png', { kind: 'base64', data: 'QUJD' }],
    ['data:text/plain,A%42C', 'text/plain', { kind: 'base64', data: 'QUJD' }],
    ['data:;base64,QUJD', null, { kind: 'base64', data: 'QUJD' }],
    ['data:nothing', null, { kind: 'url', url: 'data:nothing' }],
  ])('%s', (url, mediaType, source) => {
    expect(parseMediaUrl(url)).toEqual({ mediaType, source });
  });

  it('reads what formatDataUrl writes', () => {
    expect(parseMediaUrl(formatDataUrl('audio/wav', 'AAAA'))).toEqual({
      mediaType: 'audio/wav',
      source: { kind: 'base64', data: 'AAAA' },
    });
  });
});

describe('imageTypeOf', () => {
  it.each([
    ['89504e470d0a1a0a0000', 'image/png'],
    ['ffd8ffe000104a464946', 'image/jpeg'],
    ['474946383961', 'image/gif'],
    ['524946460000000057454250', 'image/webp'],
    ['00', 'image/*'],
  ])('%s', (hex, type) => {
    expect(imageTypeOf(Buffer.from(hex, 'hex').toString('base64'))).toBe(type);
  });
});
