/**
 * Runs work that opens things, and closes them when it ends, however it ends: the last opened first. What fails to close
 * does not keep the others open; the first error is thrown.
 */
export async function withCleanup<T>(
  work: (later: (close: () => Promise<void> | void) => void) => Promise<T>,
): Promise<T> {
  const closers: (() => Promise<void> | void)[] = [];
  const errors: unknown[] = [];
  let result: { readonly value: T } | undefined;
  try {
    result = { value: await work((close) => void closers.push(close)) };
  } catch (error) {
    errors.push(error);
  }
  for (const close of closers.reverse()) {
    try {
      await close();
    } catch (error) {
      errors.push(error);
    }
  }
  if (result && errors.length === 0) return result.value;
  throw errors[0];
}

/** Resolves when the signal aborts. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
