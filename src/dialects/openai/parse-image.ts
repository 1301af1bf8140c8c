import type { MediaContent } from '../../core/content.ts';
import { imageTypeOf, parseMediaUrl } from '../wire/data-url.ts';

const DETAILS = ['low', 'high', 'auto'] as const;

/** A picture by its URL, which may be a data URL. */
export function parseImage(url: string): MediaContent {
  const { mediaType, source } = parseMediaUrl(url);
  const guess = source.kind === 'base64' ? imageTypeOf(source.data) : 'image/*';
  return { type: 'media', mediaType: mediaType ?? guess, source };
}

/** Newer levels of detail than those that every provider knows count as `high`. */
export function parseDetail(detail: string | undefined): Pick<MediaContent, 'detail'> {
  if (detail === undefined) return {};
  return { detail: DETAILS.find((known) => known === detail) ?? 'high' };
}
