/** The query of a client's URL with its `?`, without the parameter that may hold a credential; or an empty string. */
export function passedQuery(url: string, credential: string | null): string {
  const mark = url.indexOf('?');
  if (mark < 0) return '';
  const query = url.slice(mark + 1);
  const kept = credential === null ? query : withoutParameter(query, credential);
  return kept === '' ? '' : `?${kept}`;
}

function withoutParameter(query: string, name: string): string {
  return query
    .split('&')
    .filter((pair) => decodedName(pair) !== name)
    .join('&');
}

function decodedName(pair: string): string {
  const [name = ''] = pair.split('=', 1);
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}
