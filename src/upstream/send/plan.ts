import type { Dialect } from '../../core/dialect.ts';
import type { AnswerReader, PartSink, ResponseHead } from '../answer/answer-reader.ts';

/** One call in the provider's words, and how its answer is read. It can be sent more than once, with other keys. */
export interface Plan {
  readonly method: string;
  /** Absolute path with query, below the provider's base URL. */
  readonly path: string;
  readonly body: Uint8Array | null;
  /** Headers of the client's that may be considered; empty when the request is no longer the client's own. */
  readonly clientHeaders: Readonly<Record<string, string>>;
  readonly defaultHeaders: Readonly<Record<string, string>>;
  /** Reads the provider's errors. */
  readonly dialect: Dialect;
  /** Whether the client understands the provider's own error bytes. */
  readonly relaysErrors: boolean;
  /** Whether sending it twice does no more than sending it once, or generates twice at worst. */
  readonly repeatable: boolean;
  readonly warnings: readonly string[];
  /** @throws CallError when the head shows that no answer to this request follows */
  read(head: ResponseHead, sink: PartSink): AnswerReader;
}
