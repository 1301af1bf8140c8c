import type { CallError } from '../../core/errors.ts';
import type { AnswerReader } from './answer-reader.ts';

/** An error page of any length ends here. */
const MOST_BYTES = 1024 * 1024;

/** Collects an error answer; `end` throws what `make` makes of its body, and `data` does so when it grows too long. */
export function errorAnswer(make: (body: Buffer) => CallError): AnswerReader {
  const chunks: Buffer[] = [];
  let size = 0;
  const error = (): CallError => make(Buffer.concat(chunks, size).subarray(0, MOST_BYTES));
  return {
    // Half an error body is still an error.
    knowsItsEnd: true,
    data(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MOST_BYTES) throw error();
    },
    end() {
      throw error();
    },
  };
}
