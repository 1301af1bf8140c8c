import type { MediaContent, TextContent } from '../../core/content.ts';
import { parseCacheMark } from '../openai/parse-cache-mark.ts';
import { parseFile } from '../openai/parse-file.ts';
import { parseDetail, parseImage } from '../openai/parse-image.ts';
import type { ExtrasCollector } from '../wire/collect-extras.ts';
import type { Fields } from '../wire/fields.ts';

/** The `content` of a message: a string or an array of parts. Parts of unknown type become extras. */
export function parseContent(message: Fields, extras: ExtrasCollector): (TextContent | MediaContent)[] {
  const content = message.json('content');
  if (content === undefined) return [];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!Array.isArray(content)) throw message.wrong('content', 'a string or an array of parts');
  return message.items('content').flatMap((part) => parsePart(part, extras));
}

/** The same where only text is allowed. */
export function parseTextContent(message: Fields, extras: ExtrasCollector): TextContent[] {
  return parseContent(message, extras).map((content, index) => {
    if (content.type === 'text') return content;
    throw message.wrong(`content[${index}].type`, 'text');
  });
}

function parsePart(part: Fields, extras: ExtrasCollector): (TextContent | MediaContent)[] {
  const content = knownPart(part, extras);
  if (!content) {
    extras.keep(part.path, part.whole());
    return [];
  }
  const marked = { ...content, ...parseCacheMark(part) };
  extras.keepRest(part);
  return [marked];
}

function knownPart(part: Fields, extras: ExtrasCollector): TextContent | MediaContent | null {
  switch (part.string('type')) {
    case 'text':
      return { type: 'text', text: part.string('text') };
    case 'refusal':
      return { type: 'text', text: part.string('refusal') };
    case 'image_url':
      return parseImageUrl(part);
    case 'input_audio':
      return parseAudio(part.object('input_audio'));
    case 'file': {
      const file = part.object('file');
      const content = parseFile(file);
      extras.keepRest(file);
      return content;
    }
    default:
      return null;
  }
}

/** `{url, detail}`; some servers take the bare URL too. */
function parseImageUrl(part: Fields): MediaContent {
  const bare = part.json('image_url');
  if (typeof bare === 'string') return parseImage(bare);
  const image = part.object('image_url');
  return { ...parseImage(image.string('url')), ...parseDetail(image.optionalString('detail')) };
}

function parseAudio(audio: Fields): MediaContent {
  const format = audio.string('format');
  const mediaType = format === 'mp3' ? 'audio/mpeg' : `audio/${format}`;
  return { type: 'media', mediaType, source: { kind: 'base64', data: audio.string('data') } };
}
