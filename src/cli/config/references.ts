import type { Finding } from './explain.ts';
import type { PathStep } from './locate.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /^env:(.*)$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const ALLOWED = [
  ['store', 'url'],
  ['shared', 'url'],
  ['providers', '*', 'baseUrl'],
  ['providers', '*', 'keys', '*'],
  ['providers', '*', 'headers', '*'],
] as const;

/** A text with its reference followed: the value, or the name of a variable that is not set. */
export type Resolved = { readonly value: string } | { readonly missing: string };

/** Follows `env:NAME`; any other text stands for itself. An empty variable counts as not set. */
export function resolveReference(text: string, env: Environment): Resolved {
  const name = REFERENCE.exec(text)?.[1];
  if (name === undefined) return { value: text };
  const value = env[name]?.trim();
  return value ? { value } : { missing: name };
}

export function isReference(text: string): boolean {
  return REFERENCE.test(text);
}

/** Finds references that are malformed or stand where none are followed. */
export function checkReferences(value: unknown, path: readonly PathStep[] = []): Finding[] {
  if (typeof value === 'string') return checkText(value, path);
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => checkReferences(item, [...path, index]));
  return Object.entries(value).flatMap(([key, item]) => checkReferences(item, [...path, key]));
}

function checkText(text: string, path: readonly PathStep[]): Finding[] {
  const name = REFERENCE.exec(text)?.[1];
  if (name === undefined) return [];
  if (!ALLOWED.some((pattern) => matches(path, pattern)))
    return [
      {
        path,
        message: 'env: references are followed only in secrets and URLs',
        remedy: 'Write the value itself.',
      },
    ];
  if (VARIABLE.test(name)) return [];
  return [
    {
      path,
      message: `${JSON.stringify(text)} names no environment variable`,
      remedy: 'Write env:NAME with the name of a variable, such as env:OPENAI_API_KEY.',
    },
  ];
}

function matches(path: readonly PathStep[], pattern: readonly string[]): boolean {
  return (
    path.length === pattern.length && pattern.every((step, i) => step === '*' || step === String(path[i]))
  );
}
