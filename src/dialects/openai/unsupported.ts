import { CallError } from '../../core/errors.ts';

/** The error for content without which the question would be another one. */
export function unsupported(path: string, why: string): CallError {
  return new CallError(
    'unsupported',
    `${path}: ${why}. Leave it out, or ask for a model of another provider.`,
    {
      param: path,
    },
  );
}
