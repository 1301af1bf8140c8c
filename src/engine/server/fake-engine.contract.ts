import type { Engine, EngineStatus, GenerateEvent, GenerateRequest } from '../ports.ts';
import { EngineError } from '../ports.ts';
import type { ChatMessage, PromptCodec } from './codec.ts';

const EOS = 256;

/** A token a byte: nothing to learn, and parts of characters occur. */
export const byteCodec: PromptCodec = {
  vocabSize: 257,
  encode: (text) => [...Buffer.from(text)],
  encodeChat: (messages: readonly ChatMessage[], tools) => {
    if (messages.some(({ content }) => content === 'refuse me'))
      throw new EngineError('bad_request', 'The template refuses these messages.');
    const shown = messages
      .map(({ role, content }) => `<${role}>${typeof content === 'string' ? content : ''}`)
      .join('');
    return [...Buffer.from(`${tools.length > 0 ? JSON.stringify(tools) : ''}${shown}<assistant>`)];
  },
  tokenBytes: (token) => (token === EOS ? new Uint8Array() : Uint8Array.of(token)),
  decode: (tokens) => Buffer.from(tokens).toString('utf8'),
};

export interface FakeEngine extends Engine {
  readonly requests: GenerateRequest[];
  /** Requests whose generation ended because their signal aborted. */
  readonly aborted: GenerateRequest[];
}

export interface FakeEngineOptions {
  /** What it answers; it ends with the end of the text. */
  readonly answer: (request: GenerateRequest) => string;
  /** Awaited before each token. */
  readonly before?: (token: number) => Promise<void>;
  /** Thrown instead of token number `at`. */
  readonly failure?: { readonly at: number; readonly error: Error };
  readonly contextLength?: number;
}

/** An engine that says what it is told to, a byte a token, and stops as a real one does. */
export function fakeEngine(options: FakeEngineOptions): FakeEngine {
  const requests: GenerateRequest[] = [];
  const aborted: GenerateRequest[] = [];
  let running = 0;

  async function* generate(request: GenerateRequest): AsyncGenerator<GenerateEvent> {
    requests.push(request);
    running += 1;
    try {
      yield* tokens(request);
    } finally {
      running -= 1;
    }
  }

  async function* tokens(request: GenerateRequest): AsyncGenerator<GenerateEvent> {
    const all = [...Buffer.from(options.answer(request))];
    const decoder = new TextDecoder();
    let count = 0;
    for (const token of all.slice(0, request.maxTokens)) {
      await options.before?.(count);
      if (options.failure?.at === count) throw options.failure.error;
      if (request.signal?.aborted) {
        aborted.push(request);
        throw request.signal.reason;
      }
      count += 1;
      const text = decoder.decode(Uint8Array.of(token), { stream: true });
      const wants = request.logprobs !== null;
      const top = Array.from({ length: request.logprobs ?? 0 }, (_, i) => ({
        token: (token + i) % 256,
        logprob: -0.5 - i,
      }));
      yield { type: 'token', token, text, logprob: wants ? -0.5 : null, top };
    }
    yield {
      type: 'finish',
      reason: count < all.length ? 'length' : 'stop',
      text: decoder.decode(),
      promptTokens: request.prompt.length,
      cachedTokens: Math.min(request.prompt.length, 3),
      completionTokens: count,
    };
  }

  return {
    modelName: 'fake',
    contextLength: options.contextLength ?? 1000,
    requests,
    aborted,
    generate,
    status: (): EngineStatus => ({
      model: 'fake',
      running,
      waiting: 0,
      preemptions: 0,
      tokensHeld: 0,
      prefillTokens: 0,
      decodeTokens: 0,
      tokensPerSecond: 0,
      blocks: { total: 10, free: 10, cached: 0 },
    }),
    close: async () => undefined,
  };
}
