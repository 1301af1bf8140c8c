import { describe, expect, it } from 'vitest';
import { formatDataUrl, parseMediaUrl } from './data-url.ts';

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
