import type { Finding } from './explain.ts';
import type { PathStep } from './locate.ts';

/** Collects what is wrong while the settings are built, so that all of it is told at once. */
export interface Findings {
  readonly errors: Finding[];
  readonly warnings: Finding[];
  error(path: readonly PathStep[], message: string, remedy: string): void;
  warn(path: readonly PathStep[], message: string, remedy: string): void;
}

export function collectFindings(): Findings {
  const errors: Finding[] = [];
  const warnings: Finding[] = [];
  return {
    errors,
    warnings,
    error: (path, message, remedy) => void errors.push({ path, message, remedy }),
    warn: (path, message, remedy) => void warnings.push({ path, message, remedy }),
  };
}
