/**
 * The candidates that look most like a mistyped name, best first: those within a third of its length in edits, and
 * those that hold it or are held by it.
 */
export function nearestNames(name: string, candidates: Iterable<string>, most = 3): string[] {
  const wanted = name.toLowerCase().slice(0, MOST_LENGTH);
  const close: { candidate: string; distance: number }[] = [];
  for (const candidate of new Set(candidates)) {
    const other = candidate.toLowerCase().slice(0, MOST_LENGTH);
    const contained =
      wanted.length > 2 && (other.includes(wanted) || (other.length > 2 && wanted.includes(other)));
    const distance = editDistance(wanted, other);
    if (contained || distance <= Math.max(1, Math.floor(wanted.length / 3)))
      close.push({ candidate, distance });
  }
  return close
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** `Did you mean "a" or "b"?`, or an empty string when nothing is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const names = nearestNames(name, candidates).map((near) => JSON.stringify(near));
  const last = names.pop();
  if (last === undefined) return '';
  return `Did you mean ${names.length > 0 ? `${names.join(', ')} or ${last}` : last}?`;
}

const MOST_LENGTH = 100;

/** Levenshtein's distance, where two swapped neighbours count as one edit. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const replaced = at(last, j - 1) + (same ? 0 : 1);
      let best = Math.min(replaced, at(last, j) + 1, at(row, j - 1) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, at(beforeLast, j - 2) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
