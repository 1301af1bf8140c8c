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

/** First characters of the base64 text of the pictures that every provider takes. */
const IMAGE_MAGIC = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
] as const;

/** The type of a picture by its first bytes, `image/*` for one not known. */
export function imageTypeOf(base64: string): string {
  return IMAGE_MAGIC.find(([magic]) => base64.startsWith(magic))?.[1] ?? 'image/*';
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
