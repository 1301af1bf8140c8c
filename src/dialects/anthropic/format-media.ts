import type { MediaContent } from '../../core/content.ts';
import { CallError } from '../../core/errors.ts';
import { compact, type JsonObject } from '../../core/json.ts';
import type { Warnings } from '../wire/warnings.ts';
import { cacheControl } from './format-cache-mark.ts';
import { TITLE } from './owner.ts';

/** https://docs.claude.com/en/docs/build-with-claude/vision and /pdf-support. A URL is fetched by Anthropic, never by us. */
export function formatMedia(media: MediaContent, path: string, warnings: Warnings): JsonObject {
  if (media.detail === 'low' || media.detail === 'high')
    warnings.add(`${path}.detail: ${TITLE} has no such parameter`);
  const cache_control = cacheControl(media.cache);
  if (media.mediaType.startsWith('image/'))
    return compact({ type: 'image', source: imageSource(media, path), cache_control });
  const source = documentSource(media);
  if (!source) throw unsupported(media, path);
  return compact({ type: 'document', source, title: media.filename, cache_control });
}

function imageSource({ source, mediaType }: MediaContent, path: string): JsonObject {
  if (source.kind === 'url') return { type: 'url', url: source.url };
  if (source.kind === 'file') return { type: 'file', file_id: source.id };
  if (mediaType.endsWith('/*'))
    throw new CallError('invalid_request', `${path} must say which type of image its data is.`, {
      param: path,
    });
  return { type: 'base64', media_type: mediaType, data: source.data };
}

function documentSource({ source, mediaType }: MediaContent): JsonObject | null {
  const isPdf = mediaType === 'application/pdf' || mediaType === 'application/*';
  if (source.kind === 'base64' && mediaType.startsWith('text/'))
    return { type: 'text', media_type: 'text/plain', data: Buffer.from(source.data, 'base64').toString() };
  if (source.kind === 'file')
    return isPdf || mediaType.startsWith('text/') ? { type: 'file', file_id: source.id } : null;
  if (!isPdf) return null;
  return source.kind === 'url'
    ? { type: 'url', url: source.url }
    : { type: 'base64', media_type: 'application/pdf', data: source.data };
}

function unsupported(media: MediaContent, path: string): CallError {
  return new CallError(
    'unsupported',
    `${path}: ${TITLE} takes images, PDF and plain text, not ${media.mediaType}. Leave it out, or ask for another model.`,
    { param: path },
  );
}
