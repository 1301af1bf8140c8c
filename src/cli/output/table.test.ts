import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { painter } from './style.ts';
import { displayWidth, formatTable } from './table.ts';

interface Row {
  readonly name: string;
  readonly cost: string;
}

const columns = [
  { title: 'team', value: ({ name }: Row) => name, most: 10 },
  { title: 'cost', align: 'right', value: ({ cost }: Row) => cost },
] as const;

describe('formatTable', () => {
  it('aligns names to the left and numbers to the right', () => {
    const rows = [
      { name: 'search', cost: '$0.001234' },
      { name: '検索', cost: '$12.000000' },
      { name: 'a very long name', cost: '$1' },
    ];
    expect(formatTable(columns, rows, painter(false))).toMatchInlineSnapshot(`
      "team              cost
      search       $0.001234
      検索        $12.000000
      a very lo…          $1
      "
    `);
  });

  it('keeps every line equally wide and one line a row, whatever the names', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ name: fc.string(), cost: fc.string({ maxLength: 8 }) })), (rows) => {
        const lines = formatTable(columns, rows, painter(false)).split('\n');
        expect(lines).toHaveLength(rows.length + 2);
        const widths = new Set(lines.slice(0, -1).map(displayWidth));
        expect(widths.size).toBe(1);
      }),
    );
  });

  it('lets no name talk to the terminal', () => {
    const text = formatTable(columns, [{ name: '\u001b[2J\r\n', cost: '\u009b1m' }], painter(true));
    expect(text.split('\n')).toHaveLength(3);
    for (const control of ['\u001b[2J', '\u009b', '\r']) expect(text).not.toContain(control);
  });
});
