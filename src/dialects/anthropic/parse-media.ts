import type { MediaContent, MediaSource, TextContent } from '../../core/content.ts';
import type { Fields } from '../wire/fields.ts';
import { parseCacheMark } from './parse-cache-mark.ts';

export function parseImage(block: Fields): MediaContent {
  const source = block.object('source');
  const { mediaType, ...media } = parseSource(source, 'image/*');
  return { type: 'media', mediaType, ...media, ...parseCacheMark(block) };
}

/** A document of plain text or of blocks is content like any other: every target can be given it. */
export function parseDocument(
  block: Fields,
  parsePiece: (piece: Fields) => (TextContent | MediaContent)[],
): (TextContent | MediaContent)[] {
  const source = block.object('source');
  const cache = parseCacheMark(block);
  const filename = block.optionalString('title');
  switch (source.string('type')) {
    case 'text':
      return [{ type: 'text', text: source.string('data'), ...cache }];
    case 'content': {
      const content = source.json('content');
      if (typeof content === 'string') return [{ type: 'text', text: content, ...cache }];
      return source.items('content').flatMap(parsePiece);
    }
    default: {
      const { mediaType, ...media } = parseSource(source, 'application/pdf');
      return [{ type: 'media', mediaType, ...media, ...(filename && { filename }), ...cache }];
    }
  }
}

function parseSource(
  source: Fields,
  usualType: string,
): { readonly mediaType: string; readonly source: MediaSource } {
  switch (source.string('type')) {
    case 'base64':
      return {
        mediaType: source.string('media_type'),
        source: { kind: 'base64', data: source.string('data') },
      };
    case 'url':
      return { mediaType: usualType, source: { kind: 'url', url: source.string('url') } };
    case 'file':
      return { mediaType: usualType, source: { kind: 'file', id: source.string('file_id') } };
    default:
      throw source.wrong('type', 'base64, url or file');
  }
}
