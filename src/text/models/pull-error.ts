/** Why a model could not be pulled; the message says what to do and never holds a secret. */
export class PullError extends Error {
  /** Whether another try, now or from another source, could do better. */
  readonly elsewhere: boolean;
  constructor(message: string, options: ErrorOptions & { readonly elsewhere?: boolean } = {}) {
    super(message, options);
    this.name = 'PullError';
    this.elsewhere = options.elsewhere ?? true;
  }
}

/** A connection that broke, or a server that is busy: worth asking again. */
export class Interrupted extends Error {}

/** An error of the file system in words. */
export function diskError(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new PullError(`The disk is full: no more can be written to ${path}. Make room and pull again.`, {
      cause: error,
      elsewhere: false,
    });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new PullError(`${path} cannot be written: ${code}.`, { cause: error, elsewhere: false });
  return error;
}
