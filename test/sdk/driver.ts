import type { JsonObject } from '../../src/core/json.ts';
import type { Usage } from '../../src/core/usage.ts';
import type { ProviderApi } from '../fakes/index.ts';

/** Where a client is pointed: the gateway, or a fake provider itself. */
export interface Connection {
  /** Scheme, host and port; each driver adds what its SDK wants in a base URL. */
  readonly origin: string;
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
}

export interface Question {
  readonly model: string;
  readonly text: string;
  readonly system?: string;
  readonly image?: { readonly mediaType: 'image/png'; readonly base64: string };
  readonly maxTokens?: number;
}

export interface ToolCall {
  readonly name: string;
  readonly arguments: unknown;
}

export interface Reply {
  readonly text: string;
  /** In the SDK's own word. */
  readonly finish: string | null | undefined;
  /** The SDK's own usage object. */
  readonly usage: unknown;
  readonly calls: readonly ToolCall[];
}

export interface StreamedReply extends Reply {
  /** How many times text arrived. */
  readonly pieces: number;
}

export interface Failure {
  readonly status: number | undefined;
  /** Whether the SDK threw the error class that it has for that status. */
  readonly typed: boolean;
  readonly message: string;
}

export type Execute = (call: ToolCall) => string;

/** One official client, driven the same way as the others. */
export interface ClientDriver {
  readonly name: string;
  /** The gateway's name for the dialect that it speaks. */
  readonly dialect: string;
  /** Providers that it can talk to without a gateway. */
  readonly native: readonly ProviderApi[];
  plain(to: Connection, question: Question): Promise<Reply>;
  streamed(to: Connection, question: Question): Promise<StreamedReply>;
  /** Asks with tools, runs what is called, sends all results back in one turn. */
  toolRound(
    to: Connection,
    question: Question,
    tools: readonly Tool[],
    execute: Execute,
    stream: boolean,
  ): Promise<{ readonly asked: Reply; readonly answered: Reply }>;
  /** Its text is JSON that satisfies the schema. */
  structured(to: Connection, question: Question, schema: JsonObject): Promise<Reply>;
  /** The error that a plain call ends with. @throws Error when it does not fail */
  failure(to: Connection, question: Question): Promise<Failure>;
  /** Streams, leaves after the first piece of text, and tells how many pieces arrived. */
  abort(to: Connection, question: Question): Promise<number>;
  readonly finish: Readonly<Record<'stop' | 'length' | 'tool-calls', string>>;
  /** What the SDK's usage object must hold for this usage. */
  usage(usage: Usage): JsonObject;
}

/** Runs `call` and gives what it threw. @throws Error when it did not throw */
export async function thrownBy(call: () => Promise<unknown>): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('the call was expected to fail');
}
