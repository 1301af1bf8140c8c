import type { MediaContent, TextContent } from '../../core/content.ts';
import { compact, type JsonObject } from '../../core/json.ts';
import { unsupported } from '../openai/unsupported.ts';
import { formatDataUrl } from '../wire/data-url.ts';

const AUDIO_FORMATS: Readonly<Record<string, string>> = {
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
};

/** @throws CallError `unsupported` for media that chat completions take in no form */
export function formatPart(content: TextContent | MediaContent, path: string): JsonObject {
  if (content.type === 'text') return { type: 'text', text: content.text };
  const family = content.mediaType.split('/')[0];
  switch (family) {
    case 'image':
      return formatImage(content, path);
    case 'audio':
      return formatAudio(content, path);
    case 'text':
      if (content.source.kind === 'base64') return { type: 'text', text: decoded(content.source.data) };
      return formatFile(content, path);
    case 'application':
      return formatFile(content, path);
    default:
      throw unsupported(path, `chat completions take no ${content.mediaType}`);
  }
}

function formatImage({ mediaType, source, detail }: MediaContent, path: string): JsonObject {
  if (source.kind === 'file') throw unsupported(path, 'chat completions take no image by file id');
  const url = source.kind === 'url' ? source.url : formatDataUrl(mediaType, source.data);
  return { type: 'image_url', image_url: compact({ url, detail }) };
}

function formatAudio({ mediaType, source }: MediaContent, path: string): JsonObject {
  const format = AUDIO_FORMATS[mediaType];
  if (format === undefined || source.kind !== 'base64')
    throw unsupported(
      path,
      `chat completions take audio as base64 WAV or MP3, not ${mediaType} by ${source.kind}`,
    );
  return { type: 'input_audio', input_audio: { data: source.data, format } };
}

function formatFile({ mediaType, source, filename }: MediaContent, path: string): JsonObject {
  switch (source.kind) {
    case 'base64':
      return {
        type: 'file',
        file: { filename: filename ?? 'document.pdf', file_data: formatDataUrl(mediaType, source.data) },
      };
    case 'file':
      // Ids of other providers look different and mean nothing here.
      if (!source.id.startsWith('file-'))
        throw unsupported(path, `${source.id} is a file of another provider`);
      return { type: 'file', file: compact({ file_id: source.id, filename }) };
    case 'url':
      throw unsupported(path, 'chat completions take no document by URL');
  }
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
