import type { MediaContent } from '../../core/content.ts';
import { CallError } from '../../core/errors.ts';
import { compact, type JsonObject } from '../../core/json.ts';
import type { Warnings } from '../wire/warnings.ts';
import { mediaTypeOfUrl } from './media-type-of-url.ts';
import { TITLE } from './owner.ts';

/** Google's own files: by the URI that the Files API gave, or in Cloud Storage. */
const GOOGLE_FILE = /^(https:|gs:|files\/)/;

/** Bytes go inline. A URL goes as `fileData`: then Google fetches it, never we. */
export function formatMedia(media: MediaContent, path: string, warnings: Warnings): JsonObject {
  if (media.filename !== undefined) warnings.add(`${path}.filename: ${TITLE} has no such parameter`);
  if (media.detail === 'low' || media.detail === 'high')
    warnings.add(`${path}.detail: ${TITLE} has no such parameter`);
  const { source, mediaType } = media;
  const exactType = mediaType.endsWith('/*') ? undefined : mediaType;
  if (source.kind === 'base64') {
    if (exactType === undefined)
      throw new CallError('invalid_request', `${path} must say which type its data is.`, { param: path });
    return { inlineData: { mimeType: exactType, data: source.data } };
  }
  const fileUri = source.kind === 'url' ? source.url : source.id;
  if (source.kind === 'file' && !GOOGLE_FILE.test(fileUri))
    throw new CallError(
      'unsupported',
      `${path} is a file uploaded to another provider, which ${TITLE} cannot read. Send its content or a URL.`,
      { param: path },
    );
  return { fileData: compact({ fileUri, mimeType: exactType ?? mediaTypeOfUrl(fileUri) ?? undefined }) };
}
