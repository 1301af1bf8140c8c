/** Where a JSON value stands in a text. */
export interface Region {
  readonly start: number;
  readonly end: number;
}

/** How often the text's length may be read while values are searched, so that hostile texts take linear time. */
const PATIENCE = 8;
const OPENING = /[{[]/g;

/**
 * The objects and arrays of JSON in a text, outermost only. Empty ones and arrays of one plain value are no JSON here:
 * they are citations such as `[1]`.
 */
export function jsonRegions(text: string): Region[] {
  const regions: Region[] = [];
  let budget = Math.max(text.length, 1024) * PATIENCE;
  OPENING.lastIndex = 0;
  for (let match = OPENING.exec(text); match && budget > 0; match = OPENING.exec(text)) {
    const start = match.index;
    const end = balancedEnd(text, start, start + budget);
    budget -= Math.max(end ?? text.length, start) - start;
    if (end === null || !isStructured(text.slice(start, end))) continue;
    regions.push({ start, end });
    OPENING.lastIndex = end;
  }
  return regions;
}

/** Behind the bracket that closes the one at `start`; null when none does before `limit`. */
function balancedEnd(text: string, start: number, limit: number): number | null {
  let depth = 0;
  let quoted = false;
  const last = Math.min(text.length, limit);
  for (let at = start; at < last; at++) {
    const character = text.charCodeAt(at);
    if (quoted) {
      if (character === BACKSLASH) at += 1;
      else if (character === QUOTE) quoted = false;
      else if (character === NEWLINE) return null;
    } else if (character === QUOTE) quoted = true;
    else if (character === OPEN_BRACE || character === OPEN_BRACKET) depth += 1;
    else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return null;
}

function isStructured(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    if (!Array.isArray(value)) return Object.keys(value as object).length > 0;
    return value.length > 1 || (typeof value[0] === 'object' && value[0] !== null);
  } catch {
    return false;
  }
}

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const NEWLINE = 0x0a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
