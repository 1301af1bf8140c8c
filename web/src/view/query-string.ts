export type SearchValue = string | readonly string[];

/** `?a=1&tag=x:y&tag=z:w` as plain strings; a name that comes twice becomes a list. Nothing is guessed to be JSON. */
export function parseQuery(query: string): Record<string, SearchValue> {
  const found: Record<string, SearchValue> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const before = Object.hasOwn(found, name) ? found[name] : undefined;
    found[name] = before === undefined ? value : [...(typeof before === 'string' ? [before] : before), value];
  }
  return found;
}

/** The way back. What a view leaves at its default is not there, so that addresses stay short. */
export function stringifyQuery(search: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === false) continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  const text = query.toString().replaceAll('%3A', ':').replaceAll('%2F', '/');
  return text && `?${text}`;
}
