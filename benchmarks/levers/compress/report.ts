/** Share of successes with its 95 % interval (Wilson 1927), in percent. */
export function shareOf(successes: number, tries: number): string {
  const z = 1.96;
  const p = successes / tries;
  const middle = (p + (z * z) / (2 * tries)) / (1 + (z * z) / tries);
  const half = (z * Math.sqrt((p * (1 - p)) / tries + (z * z) / (4 * tries * tries))) / (1 + (z * z) / tries);
  const shown = (value: number): string => (100 * value).toFixed(1);
  return `${shown(p)} % [${shown(Math.max(0, middle - half))}, ${shown(Math.min(1, middle + half))}]`;
}

export function row(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

export function header(cells: readonly string[]): void {
  row(cells);
  row(cells.map(() => '---'));
}

export function option(name: string, usual: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return (at < 0 ? undefined : process.argv[at + 1]) ?? usual;
}
