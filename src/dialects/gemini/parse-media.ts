import type { MediaContent } from '../../core/content.ts';
import type { Fields } from '../wire/fields.ts';
import { mediaTypeOfUrl } from './media-type-of-url.ts';

/** Files that were uploaded to Google, which only Google can read. */
const UPLOADED = /^(gs:|https:\/\/generativelanguage\.googleapis\.com\/)/;

/** `inlineData` or `fileData` of a part; empty when it has neither. */
export function parseMedia(part: Fields): MediaContent[] {
  const inline = part.optionalObject('inlineData');
  if (inline) {
    const filename = inline.optionalString('displayName');
    return [
      {
        type: 'media',
        mediaType: inline.string('mimeType'),
        source: { kind: 'base64', data: inline.string('data') },
        ...(filename && { filename }),
      },
    ];
  }
  const file = part.optionalObject('fileData');
  if (!file) return [];
  const uri = file.string('fileUri');
  const filename = file.optionalString('displayName');
  return [
    {
      type: 'media',
      mediaType: file.optionalString('mimeType') ?? mediaTypeOfUrl(uri) ?? 'image/*',
      source: UPLOADED.test(uri) ? { kind: 'file', id: uri } : { kind: 'url', url: uri },
      ...(filename && { filename }),
    },
  ];
}
