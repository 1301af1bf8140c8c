import type { z } from 'zod';

export type Path = readonly (string | number)[];

/** The first thing wrong with a request, for a provider to put into its own words. */
export interface Problem {
  readonly kind: 'unknown' | 'missing' | 'wrong';
  /** The field at fault; for `unknown` the last step is the unknown name itself. */
  readonly path: Path;
  readonly message: string;
}

/** @param lenient lets unknown fields pass, at every depth */
export function problemOf(schema: z.ZodType, value: unknown, lenient = false): Problem | null {
  const { error } = schema.safeParse(value);
  if (!error) return null;
  const found = error.issues
    .map((issue) => plain(issue, []))
    .filter(({ kind }) => !lenient || kind !== 'unknown');
  const problem = found.find(({ kind }) => kind === 'unknown') ?? found[0];
  if (!problem) return null;
  if (problem.kind === 'unknown' || at(value, problem.path) !== undefined) return problem;
  return { ...problem, kind: 'missing' };
}

function plain(issue: z.core.$ZodIssue, above: Path): Problem {
  const path = [...above, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  if (issue.code === 'unrecognized_keys') {
    return { kind: 'unknown', path: [...path, issue.keys[0] ?? ''], message: issue.message };
  }
  const branches = issue.code === 'invalid_union' ? issue.errors : [];
  const deepest = branches.flatMap((inner) => inner.map((one) => plain(one, path))).sort(byDepth)[0];
  return deepest && deepest.path.length > path.length
    ? deepest
    : { kind: 'wrong', path, message: issue.message };
}

/** The branch that got furthest is the one that the client meant. */
function byDepth(a: Problem, b: Problem): number {
  return b.path.length - a.path.length;
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, step) => (inner as Record<string | number, unknown> | null)?.[step],
    value,
  );
}
