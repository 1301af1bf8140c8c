/** Reads `feature=search, env=prod`. Null when a pair is not of that form. */
export function parseTags(text: string): Readonly<Record<string, string>> | null {
  const tags: Record<string, string> = {};
  for (const pair of text.split(',')) {
    if (pair.trim() === '') continue;
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals).trim();
    const value = pair.slice(equals + 1).trim();
    if (equals < 0 || name === '' || value === '') return null;
    Object.defineProperty(tags, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return tags;
}
