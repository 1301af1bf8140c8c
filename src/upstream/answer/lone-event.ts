import type { StreamEvent } from '../../core/dialect.ts';

const EVENT = 'event: ';
const DATA = 'data: ';
const END = '}\n\n';

/**
 * The event that these bytes are, if they are exactly one and written in the plainest way: an optional `event:` line,
 * one `data:` line with a JSON object, a blank line. Null for anything else. Most tokens come like this, and reading
 * them here costs a fraction of cutting frames. Characters beyond ASCII are left as their single bytes.
 */
export function loneEvent(bytes: Buffer): StreamEvent | null {
  const text = bytes.toString('latin1');
  if (!text.endsWith(END)) return null;
  if (text.startsWith(DATA)) return onlyData(null, text, DATA.length);
  if (!text.startsWith(EVENT)) return null;
  const line = text.indexOf('\n');
  if (!text.startsWith(DATA, line + 1)) return null;
  return onlyData(text.slice(EVENT.length, line), text, line + 1 + DATA.length);
}

function onlyData(event: string | null, text: string, from: number): StreamEvent | null {
  const last = text.length - 2;
  if (text.charCodeAt(from) !== 0x7b || text.indexOf('\n', from) !== last || text.includes('\r')) return null;
  return { event, data: text.slice(from, last) };
}
