import type { Answer } from './answer.ts';
import type { Operation } from './call.ts';
import type { EmbeddingInput, Prompt } from './content.ts';
import type { CallError } from './errors.ts';
import type { JsonObject } from './json.ts';
import type { FinishPart, Part, UsagePart } from './part.ts';

/** A request line recognised as one of a dialect's endpoints. */
export interface Route {
  readonly operation: Operation;
  /** Given by the path in dialects that put the model there, else read from the body. */
  readonly model?: string;
  readonly stream?: boolean;
  /** How a streamed answer is framed when the path says so (Gemini without `alt=sse` sends a JSON array). */
  readonly framing?: Framing;
}

export type Framing = 'sse' | 'json-array';

/** One event of a stream: an SSE event, or one element of a streamed JSON array (then without a name). */
export interface StreamEvent {
  readonly event: string | null;
  readonly data: string;
}

/** A request in the words of a target, with what it could not say. */
export interface Formatted {
  readonly body: JsonObject;
  /** One entry a thing left out: `seed: Anthropic has no such parameter`. */
  readonly warnings: readonly string[];
}

/** What a formatter needs to know besides the parts. */
export interface AnswerContext {
  /** The call's id; dialects derive their own ids from it (`chatcmpl-…`, `msg_…`). */
  readonly callId: string;
  readonly requestedModel: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly body: JsonObject;
  readonly framing: Framing;
}

/** Reads a target's stream. Stateful, one a stream. */
export interface StreamParser {
  /** @throws CallError on an error event or an event that is no JSON of this dialect. */
  event(event: StreamEvent): Part[];
  /** Call at the end of the bytes. @throws CallError `upstream_truncated` when no finish was seen. */
  end(): Part[];
}

/** Writes a client's stream. Stateful, one a stream. Every method returns text for the socket, possibly empty. */
export interface StreamFormatter {
  readonly contentType: string;
  part(part: Part): string;
  end(): string;
  /** How this dialect tells an error after the stream has begun. */
  error(error: CallError): string;
}

/** What a relay must know of a stream that it passes on untouched. */
export interface RelayRules {
  /** Top-level fields to set in the request so that the answer reports its usage. Empty when it does anyway. */
  edits(body: JsonObject): JsonObject;
  /** True for an event that exists only because of `edits` and must not reach the client. */
  isOurs(data: string): boolean;
  /** True for an event that the meter must read: it holds usage, the finish or an error. Cheap, may err towards true. */
  isMetered(event: string | null, data: string): boolean;
}

export interface GenerateCodec {
  parseRequest(body: JsonObject, route: Route): Prompt;
  formatRequest(prompt: Prompt, model: string, stream: boolean): Formatted;
  parseResponse(body: JsonObject): Answer;
  /** The metering parts alone of a whole response: cheaper than parsing its content. */
  meterResponse(body: JsonObject): readonly (UsagePart | FinishPart)[];
  formatResponse(answer: Answer, context: AnswerContext): JsonObject;
  parseStream(): StreamParser;
  formatStream(context: AnswerContext): StreamFormatter;
  readonly relay: RelayRules;
}

export interface EmbedCodec {
  parseRequest(body: JsonObject, route: Route): EmbeddingInput;
  formatRequest(input: EmbeddingInput, model: string): Formatted;
  parseResponse(body: JsonObject): Part[];
  meterResponse(body: JsonObject): readonly UsagePart[];
  formatResponse(parts: readonly Part[], context: AnswerContext): JsonObject;
}

export interface CountCodec {
  parseRequest(body: JsonObject, route: Route): Prompt;
  formatRequest(prompt: Prompt, model: string): Formatted;
  parseResponse(body: JsonObject): number;
  formatResponse(inputTokens: number): JsonObject;
}

/** What the client wrote about itself in the body, for attribution. */
export interface BodyAttribution {
  readonly user: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** One wire format, both ways: clients that speak it to us, and providers to whom we speak it. Pure. */
export interface Dialect {
  readonly name: string;
  /** Providers of this kind own the dialect: a client's own credential may go to them. */
  readonly owner: string;
  /** Recognises a request line. `path` has no query. */
  route(method: string, path: string, query: URLSearchParams): Route | null;
  /** Model and streaming as asked; from the route where the path says them. @throws CallError */
  identify(body: JsonObject, route: Route): { readonly model: string; readonly stream: boolean };
  attribution(body: JsonObject): BodyAttribution;
  /**
   * Top-level fields that name the model in a relayed body; empty where the path names it.
   * @param body the relayed body, for dialects that name the model deeper within one of its fields
   */
  modelFields(model: string, body?: JsonObject): JsonObject;
  /**
   * Path (and query) below a provider's base URL.
   * @param asked the path that a relayed client asked for, where one operation has several endpoints
   */
  upstreamPath(operation: Operation, model: string, stream: boolean, asked?: string): string;
  readonly generate?: GenerateCodec;
  readonly embed?: EmbedCodec;
  readonly count?: CountCodec;
  /** A provider's error answer. `body` is its text, JSON or not; `retryAfterMs` comes from the headers. */
  parseError(status: number, body: string): CallError;
  formatError(error: CallError): JsonObject;
  /** The body of the models list. */
  formatModels(models: readonly ListedModel[]): JsonObject;
}

export interface ListedModel {
  readonly id: string;
  readonly provider: string;
  /** Epoch seconds. */
  readonly created: number;
}
