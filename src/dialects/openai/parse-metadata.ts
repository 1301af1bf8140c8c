import type { Prompt } from '../../core/content.ts';
import type { Fields } from '../wire/fields.ts';

export function parseMetadata(body: Fields): Prompt['metadata'] {
  const metadata = body.optionalObject('metadata');
  if (!metadata) return undefined;
  return Object.fromEntries(Object.keys(metadata.whole()).map((key) => [key, metadata.string(key)]));
}
