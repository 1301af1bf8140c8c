import { CallError } from '../../core/errors.ts';
import { SqlError } from './sql-error.ts';

/** The answer of the store, for people who ask it something. @throws CallError `not_ready` when it cannot be reached */
export async function reached<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof SqlError && error.isOutage)
      throw new CallError(
        'not_ready',
        `The store cannot be reached (${error.message}). Try again in a moment.`,
        {
          cause: error,
        },
      );
    throw error;
  }
}
