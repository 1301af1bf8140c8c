import type { MediaContent, TextContent } from '../../core/content.ts';
import { parseCacheMark } from '../openai/parse-cache-mark.ts';
import { parseFile } from '../openai/parse-file.ts';
import { parseDetail, parseImage } from '../openai/parse-image.ts';
import type { ExtrasCollector } from '../wire/collect-extras.ts';
import type { Fields } from '../wire/fields.ts';

/**
 * The content of an input item, a string or an array of parts, under the key where it stands. Parts of unknown type
 * become extras.
 */
export function parseContent(
  item: Fields,
  key: string,
  extras: ExtrasCollector,
): (TextContent | MediaContent)[] {
  const content = item.json(key);
  if (content === undefined) throw item.wrong(key, 'a string or an array of parts');
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!Array.isArray(content)) throw item.wrong(key, 'a string or an array of parts');
  return item.items(key).flatMap((part) => {
    const known = knownPart(part);
    if (!known) {
      extras.keep(part.path, part.whole());
      return [];
    }
    const marked = { ...known, ...parseCacheMark(part) };
    extras.keepRest(part);
    return [marked];
  });
}

/** The same where only text is allowed. */
export function parseTextContent(item: Fields, extras: ExtrasCollector): TextContent[] {
  return parseContent(item, 'content', extras).map((content, index) => {
    if (content.type === 'text') return content;
    throw item.wrong(`content[${index}].type`, 'input_text');
  });
}

function knownPart(part: Fields): TextContent | MediaContent | null {
  switch (part.string('type')) {
    case 'output_text':
      // They belong to the earlier answer and say nothing to a model.
      part.json('annotations');
      part.json('logprobs');
      return { type: 'text', text: part.string('text') };
    case 'input_text':
    case 'text':
      return { type: 'text', text: part.string('text') };
    case 'refusal':
      return { type: 'text', text: part.string('refusal') };
    case 'input_image':
      return parseInputImage(part);
    case 'input_file':
      return parseFile(part);
    default:
      return null;
  }
}

function parseInputImage(part: Fields): MediaContent {
  const detail = parseDetail(part.optionalString('detail'));
  const id = part.optionalString('file_id');
  if (id !== undefined)
    return { type: 'media', mediaType: 'image/*', source: { kind: 'file', id }, ...detail };
  return { ...parseImage(part.string('image_url')), ...detail };
}
