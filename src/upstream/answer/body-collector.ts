import { CallError } from '../../core/errors.ts';
import type { ResponseHeaders } from '../http/exchange.ts';

/** Keeps a whole body in memory, up to a bound. */
export interface BodyCollector {
  /** @throws CallError `upstream_garbage` past the bound */
  add(chunk: Buffer): void;
  readonly chunks: Buffer[];
  text(): string;
}

/** @throws CallError `upstream_garbage` when the body is announced to be larger than `maxBytes` */
export function bodyCollector(provider: string, maxBytes: number, headers: ResponseHeaders): BodyCollector {
  const chunks: Buffer[] = [];
  let size = 0;
  const check = (bytes: number): void => {
    if (bytes > maxBytes)
      throw new CallError(
        'upstream_garbage',
        `${provider} answered with more than ${maxBytes} bytes; "limits.answerBytes" in the configuration says how many are taken.`,
      );
  };
  check(Number(headers['content-length'] ?? 0));
  return {
    chunks,
    add(chunk) {
      size += chunk.length;
      check(size);
      chunks.push(chunk);
    },
    text() {
      const [first] = chunks;
      return first && chunks.length === 1
        ? first.toString('utf8')
        : Buffer.concat(chunks, size).toString('utf8');
    },
  };
}
