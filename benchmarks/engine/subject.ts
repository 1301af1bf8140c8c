/** One sequence of one model, on one thread. What stands at `start` and after is forgotten. */
export interface Subject {
  readonly name: string;
  /** @returns the most likely token after `tokens`, which stand at positions `start` and up */
  next(tokens: readonly number[], start: number): Promise<number>;
  /** @returns its logits, [vocabulary] */
  logits(tokens: readonly number[], start: number): Promise<Float32Array>;
  close(): Promise<void>;
}

export function largest(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if ((logits[i] ?? 0) > (logits[best] ?? 0)) best = i;
  return best;
}

/** CPU time of this process, all threads. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

export function modelPath(): string {
  const path = process.env['INFINITE_LLM_TEST_MODEL'];
  if (path) return path;
  process.stderr.write('Set INFINITE_LLM_TEST_MODEL to a GGUF file, such as that of `models pull`.\n');
  process.exit(2);
}

/** `--arithmetic exact`; an engine alone is fast. */
export function arithmeticOption(): 'exact' | 'fast' {
  return option('arithmetic', 'fast') === 'exact' ? 'exact' : 'fast';
}

/** `--name value` of the command line. */
export function option(name: string, otherwise: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return process.argv[at + 1] && at >= 0 ? (process.argv[at + 1] ?? otherwise) : otherwise;
}
