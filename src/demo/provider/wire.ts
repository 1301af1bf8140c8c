import type { Json, JsonObject } from '../../core/json.ts';
import type { Ask } from './ask.ts';
import type { Scenario } from './scenario.ts';

/** A request as it came over the socket. Header names are in lower case. */
export interface SimulatedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface SimulatedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body in the pieces in which the provider would flush it; one for an answer that is not streamed. */
  readonly chunks: readonly string[];
}

/** What the wire APIs need from outside, so that they stay pure. */
export interface SimulatedWorld {
  scenario(ask: Ask): Scenario;
  /** Epoch milliseconds. */
  now(): number;
  /** Whether a provider key is valid. */
  accepts(key: string): boolean;
  knows(model: string): boolean;
  /** `length` characters for an id that no other answer of this world has. */
  id(length: number): string;
}

/** One of a provider's endpoints. Null when the request is not for it. @throws Refusal */
export type Endpoint = (request: SimulatedRequest, world: SimulatedWorld) => SimulatedAnswer | null;

/** The provider's own error answer. */
export class Refusal extends Error {
  readonly answer: SimulatedAnswer;

  constructor(status: number, body: JsonObject, headers: Readonly<Record<string, string>> = {}) {
    super(`${status} ${JSON.stringify(body)}`);
    this.name = 'Refusal';
    this.answer = json(body, status, headers);
  }
}

export function json(
  body: Json,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): SimulatedAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    chunks: [JSON.stringify(body)],
  };
}

export function eventStream(
  chunks: readonly string[],
  headers: Readonly<Record<string, string>> = {},
): SimulatedAnswer {
  return { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8', ...headers }, chunks };
}

export function sse(data: Json, event?: string): string {
  return `${event ? `event: ${event}\n` : ''}data: ${JSON.stringify(data)}\n\n`;
}
