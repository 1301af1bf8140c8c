import type { MediaContent, TextContent } from '../../core/content.ts';
import { compact, type Json, type JsonObject } from '../../core/json.ts';
import { unsupported } from '../openai/unsupported.ts';
import { formatDataUrl } from '../wire/data-url.ts';

/** A single text as a bare string, everything else as parts. */
export function formatContent(content: readonly (TextContent | MediaContent)[], path: string): Json {
  const [only] = content;
  if (!only) return '';
  if (content.length === 1 && only.type === 'text') return only.text;
  return content.map((item, index) => formatPart(item, `${path}.content[${index}]`));
}

/** @throws CallError `unsupported` for media that the Responses API takes in no form */
function formatPart(content: TextContent | MediaContent, path: string): JsonObject {
  if (content.type === 'text') return { type: 'input_text', text: content.text };
  const family = content.mediaType.split('/')[0];
  switch (family) {
    case 'image':
      return formatImage(content, path);
    case 'text':
    case 'application':
      return formatFile(content, path);
    default:
      throw unsupported(path, `the Responses API takes no ${content.mediaType}`);
  }
}

function formatImage({ mediaType, source, detail }: MediaContent, path: string): JsonObject {
  const rest = { type: 'input_image', detail };
  switch (source.kind) {
    case 'url':
      return compact({ ...rest, image_url: source.url });
    case 'base64':
      return compact({ ...rest, image_url: formatDataUrl(mediaType, source.data) });
    case 'file':
      return compact({ ...rest, file_id: ownFile(source.id, path) });
  }
}

function formatFile({ mediaType, source, filename }: MediaContent, path: string): JsonObject {
  switch (source.kind) {
    case 'url':
      return { type: 'input_file', file_url: source.url };
    case 'base64':
      return {
        type: 'input_file',
        filename: filename ?? 'document.pdf',
        file_data: formatDataUrl(mediaType, source.data),
      };
    case 'file':
      return { type: 'input_file', file_id: ownFile(source.id, path) };
  }
}

/** Ids of other providers look different and mean nothing here. */
function ownFile(id: string, path: string): string {
  if (id.startsWith('file-')) return id;
  throw unsupported(path, `${id} is a file of another provider`);
}
