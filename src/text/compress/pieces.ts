import { type Span, splitSpans } from '../spans/index.ts';

/** A span of one of several texts. Its `block` and `needs` count over all of them. */
export interface Unit extends Span {
  /** Index of its text. */
  readonly text: number;
}

/** The spans of several texts, which are read as one. */
export function unitsOf(texts: readonly string[], insideCode: boolean): Unit[] {
  const units: Unit[] = [];
  let block = 0;
  for (const [text, value] of texts.entries()) {
    const first = units.length;
    const spans = splitSpans(value, { insideCode });
    for (const span of spans)
      units.push({
        ...span,
        text,
        block: block + span.block,
        needs: span.needs.map((index) => first + index),
      });
    block += (spans.at(-1)?.block ?? -1) + 1;
  }
  return units;
}

export function textOf(texts: readonly string[], units: readonly Unit[], index: number): string {
  const unit = units[index];
  return unit ? (texts[unit.text] ?? '').slice(unit.start, unit.end) : '';
}

const BREAK = /\s*\n\s*$/;

/**
 * The texts with the kept units only, byte for byte and in their order. Where the last unit of a paragraph is left out and
 * an earlier one kept, the line break between the paragraphs stays.
 */
export function render(
  texts: readonly string[],
  units: readonly Unit[],
  kept: ReadonlySet<number>,
): string[] {
  const written = texts.map(() => '');
  let openBlock = -1;
  for (const [index, { text, start, end, block }] of units.entries()) {
    const value = texts[text]?.slice(start, end) ?? '';
    if (kept.has(index)) {
      written[text] += value;
      openBlock = block;
      continue;
    }
    const next = units[index + 1];
    const closes = openBlock === block && next?.block !== block && next?.text === text;
    if (closes && !(written[text] ?? '').endsWith('\n')) written[text] += BREAK.exec(value)?.[0] ?? '';
  }
  return written;
}
