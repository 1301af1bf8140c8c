import type { MediaSource } from '../../core/content.ts';

/** A picture or document as its URL says it: the bytes of a `data:` URL (RFC 2397), else the URL itself. */
export function parseMediaUrl(url: string): {
  readonly mediaType: string | null;
  readonly source: MediaSource;
} {
  const comma = url.indexOf(',');
  if (!/^data:/i.test(url) || comma === -1) return { mediaType: null, source: { kind: 'url', url } };
  const [mediaType = '', ...parameters] = url.slice('data:'.length, comma).toLowerCase().split(';');
  const payload = url.slice(comma + 1);
  const data = parameters.some((parameter) => parameter.trim() === 'base64')
    ? payload
    : percentToBase64(payload);
  return { mediaType: mediaType.trim() || null, source: { kind: 'base64', data } };
}

export function formatDataUrl(mediaType: string, base64: string): string {
  return `data:${mediaType};base64,${base64}`;
}

function percentToBase64(payload: string): string {
  const bytes = payload.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('base64');
}
