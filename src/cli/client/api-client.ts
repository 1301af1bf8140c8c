import { printable } from '../output/style.ts';

/** An answer of the management API that is no success, or no answer at all. */
export class ApiFailure extends Error {
  /** HTTP status; 0 when nothing answered. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(printable(message));
    this.name = 'ApiFailure';
    this.status = status;
  }
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path with query. */
  readonly url: string;
  readonly body?: unknown;
}

export interface ApiResponse {
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array | string>;
}

/** Carries requests to a management API: over HTTP, or into one opened in this process. */
export interface Transport {
  /** Where it goes, in words for people. */
  readonly where: string;
  send(request: ApiRequest, signal: AbortSignal): Promise<ApiResponse>;
  close(): Promise<void>;
}

export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** Sends a request and reads its JSON. @throws ApiFailure */
export async function askApi<T>(transport: Transport, request: ApiRequest, signal: AbortSignal): Promise<T> {
  const { status, body } = await transport.send(request, signal);
  const text = await readAll(body);
  const json = parse(text);
  if (status < 300) {
    if (json === undefined)
      throw new ApiFailure(status, `${transport.where} did not answer with JSON; is it infinite-llm?`);
    return json as T;
  }
  const { error } = (json ?? {}) as { error?: { message?: string } };
  throw new ApiFailure(status, error?.message ?? `${transport.where} answered with status ${status}`);
}

/** Follows a stream of server-sent events and gives the data of each. @throws ApiFailure */
export async function* followApi(
  transport: Transport,
  url: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { status, body } = await transport.send({ method: 'GET', url }, signal);
  if (status >= 300) await askApi(transport, { method: 'GET', url }, signal);
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events)
      if (event.startsWith('event: ')) yield event.slice(event.indexOf('\ndata: ') + 7);
  }
}

/** A path with the parameters that are given. */
export function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one));
  }
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}

async function readAll(body: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
