import type { MediaContent } from '../../core/content.ts';
import { parseMediaUrl } from '../wire/data-url.ts';
import type { Fields } from '../wire/fields.ts';

const TYPES: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
};

/** A document of either API: `file_data` (a data URL or bare base64), `file_id` or `file_url`, and `filename`. */
export function parseFile(file: Fields): MediaContent {
  const data = file.optionalString('file_data');
  const id = file.optionalString('file_id');
  const url = file.optionalString('file_url');
  const filename = file.optionalString('filename');
  const named = { type: 'media', ...(filename !== undefined && { filename }) } as const;
  const guess = TYPES[(filename ?? url ?? '').split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/pdf';
  if (data !== undefined) {
    const { mediaType, source } = parseMediaUrl(data);
    const bytes = source.kind === 'base64' ? source : ({ kind: 'base64', data } as const);
    return { ...named, mediaType: mediaType ?? guess, source: bytes };
  }
  if (id !== undefined) return { ...named, mediaType: guess, source: { kind: 'file', id } };
  if (url !== undefined) return { ...named, mediaType: guess, source: { kind: 'url', url } };
  throw file.wrong('file_data', 'given, or file_id instead');
}
