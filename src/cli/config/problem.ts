/** One thing wrong with the configuration: where, what, and what to do about it. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  /** From 1; null when the place is no place in the file. */
  readonly line: number | null;
  readonly column: number | null;
  /** `providers.openai.keys[0]`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

/** All that is wrong with one configuration file, or with the environment when there is none. */
export class ConfigError extends Error {
  readonly file: string;
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    super(formatProblems(file, problems));
    this.name = 'ConfigError';
    this.file = file;
    this.problems = problems;
  }
}

/**
 * For people, in the order of the file:
 *
 *     infinite-llm.yaml:4:5 error: providers.openai.keyz: no such setting
 *         Did you mean "keys"?
 */
export function formatProblems(file: string, problems: readonly Problem[]): string {
  const place = ({ line, column }: Problem): string =>
    line === null ? file : `${file}:${line}:${column ?? 1}`;
  return [...problems]
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
    .map((problem) => {
      const path = problem.path && `${problem.path}: `;
      const remedy = problem.remedy && `\n    ${problem.remedy}`;
      return `${place(problem)} ${problem.severity}: ${path}${problem.message}${remedy}`;
    })
    .join('\n');
}

/** `['providers', 'a.b', 'keys', 0]` as `providers["a.b"].keys[0]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w-]+$/.test(String(step))) text += text === '' ? String(step) : `.${String(step)}`;
    else text += `[${JSON.stringify(String(step))}]`;
  }
  return text;
}
