import { type Paint, printable, type Tone } from './style.ts';

export interface Column<Row> {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Most characters shown; the rest is cut off. */
  readonly most?: number;
  readonly value: (row: Row) => string;
  readonly tone?: (row: Row) => Tone | null;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const GAP = '  ';

/** Rows in aligned columns below their titles, each line ended. */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  paint: Paint,
): string {
  const cells = rows.map((row) => columns.map(({ value, most }) => cut(printable(value(row)), most)));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((line) => displayWidth(line[index] ?? ''))),
  );
  const line = (texts: readonly string[], tone: (index: number) => Tone | null): string =>
    texts
      .map((text, index) => {
        const padded = pad(
          text,
          widths[index] ?? 0,
          columns[index]?.align ?? 'left',
          index === columns.length - 1,
        );
        const color = tone(index);
        return color ? paint(color, padded) : padded;
      })
      .join(GAP);
  const titles = line(
    columns.map(({ title }) => title),
    () => 'bold',
  );
  const body = rows.map((row, at) => line(cells[at] ?? [], (index) => columns[index]?.tone?.(row) ?? null));
  return [titles, ...body].map((text) => `${text}\n`).join('');
}

/** Columns of a terminal that a text takes: two for wide characters. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : 1;
  return width;
}

function pad(text: string, width: number, align: 'left' | 'right', last: boolean): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  if (align === 'right') return space + text;
  return last ? text : text + space;
}

function cut(text: string, most = Number.POSITIVE_INFINITY): string {
  if (displayWidth(text) <= most) return text;
  let kept = '';
  for (const character of text) {
    if (displayWidth(kept + character) >= most) break;
    kept += character;
  }
  return `${kept}…`;
}
