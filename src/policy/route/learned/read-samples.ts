import { isObject } from '../../../core/json.ts';
import type { Sample } from './train.ts';

const OUTCOMES: Readonly<Record<string, number>> = { true: 1, false: 0, '1': 1, '0': 0 };

/**
 * Reads paired outcomes. CSV: a column `prompt`, perhaps one `group`, and one a target with true, false or a number from
 * 0 to 1. JSON lines: `{ "prompt", "group"?, "outcomes": { "provider/model": true | 0.7 } }`.
 * @param name the file's, for errors, and the group of samples that name none
 * @param rename names of columns or outcomes to `provider/model`
 * @throws Error that names file, line and what is wrong
 */
export function readSamples(
  text: string,
  name: string,
  rename: Readonly<Record<string, string>> = {},
): readonly Sample[] {
  const renamed = (target: string): string => rename[target] ?? target;
  return text.trimStart().startsWith('{') ? fromLines(text, name, renamed) : fromCsv(text, name, renamed);
}

function fromLines(text: string, file: string, renamed: (name: string) => string): Sample[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const where = `${file}:${index + 1}`;
    const row = parsedLine(line, where);
    const { prompt, group = file, outcomes } = row;
    if (typeof prompt !== 'string' || typeof group !== 'string' || !isObject(outcomes))
      throw new Error(`${where}: expected "prompt" and "outcomes".`);
    const pairs = Object.entries(outcomes).map(([target, outcome]) => [
      renamed(target),
      outcomeOf(typeof outcome === 'boolean' || typeof outcome === 'number' ? String(outcome) : '', where),
    ]);
    return [{ prompt, group, outcomes: Object.fromEntries(pairs) as Sample['outcomes'] }];
  });
}

function parsedLine(line: string, where: string): Readonly<Record<string, unknown>> {
  try {
    const row: unknown = JSON.parse(line);
    if (isObject(row)) return row;
  } catch {
    // Told below.
  }
  throw new Error(`${where}: no JSON object.`);
}

function fromCsv(text: string, file: string, renamed: (name: string) => string): Sample[] {
  const [header, ...rows] = csvRows(text);
  const promptAt = header?.indexOf('prompt') ?? -1;
  if (!header || promptAt < 0) throw new Error(`${file}:1: no column is called "prompt".`);
  const groupAt = header.indexOf('group');
  return rows.map((row, index) => {
    const where = `${file}, record ${index + 2}`;
    if (row.length !== header.length)
      throw new Error(`${where}: ${row.length} fields where the header has ${header.length}.`);
    const pairs = header.flatMap((target, at) =>
      at === promptAt || at === groupAt ? [] : [[renamed(target), outcomeOf(row[at] ?? '', where)] as const],
    );
    return { prompt: row[promptAt] ?? '', group: row[groupAt] ?? file, outcomes: Object.fromEntries(pairs) };
  });
}

function outcomeOf(text: string, where: string): number {
  const outcome = OUTCOMES[text.trim().toLowerCase()] ?? (text.trim() === '' ? Number.NaN : Number(text));
  if (outcome >= 0 && outcome <= 1) return outcome;
  throw new Error(`${where}: ${JSON.stringify(text)} is no outcome: true, false or a number from 0 to 1.`);
}

/** RFC 4180. Empty lines are left out. */
function csvRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  const endRow = (): void => {
    row.push(field);
    field = '';
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (quoted) {
      if (char !== '"') field += char;
      else if (text[at + 1] === '"') {
        field += '"';
        at++;
      } else quoted = false;
    } else if (char === '"' && field === '') quoted = true;
    else if (char === ',') {
      row.push(field);
      field = '';
    } else if (char === '\n') endRow();
    else if (char !== '\r') field += char;
  }
  endRow();
  return rows;
}

/** @throws Error when samples do not all know the same two or more targets, or are too few */
export function checkSamples(samples: readonly Sample[]): void {
  const names = (sample: Sample | undefined): string =>
    Object.keys(sample?.outcomes ?? {})
      .sort()
      .join(', ');
  const first = names(samples[0]);
  const other = samples.find((sample) => names(sample) !== first);
  if (other)
    throw new Error(
      `Some samples know ${first}, others ${names(other)}: every sample needs the same targets.`,
    );
  if (!first.includes(', ')) throw new Error('A router needs the outcomes of two targets or more.');
  if (samples.length < 50)
    throw new Error(`${samples.length} samples are too few to learn from; 50 are the least.`);
  if (new Set(samples.map(({ group }) => group)).size < 2)
    throw new Error(
      'All samples are of one group, so that none can be held out; name groups, or give several files.',
    );
}
