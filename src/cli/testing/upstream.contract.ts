import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestUpstream {
  readonly url: string;
  /** Milliseconds that an answer takes. */
  delayMs: number;
  /** Calls that have arrived. */
  arrived: number;
  close(): void;
}

/** An OpenAI server that answers every chat completion alike: 1,000 tokens in, 100 out. */
export async function startUpstream(): Promise<TestUpstream> {
  const answer = JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_764_000_000,
    model: 'gpt-4o-mini-2024-07-18',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Good day.' },
        finish_reason: 'stop',
        logprobs: null,
      },
    ],
    usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 },
  });
  const server = createServer((req, res) => {
    upstream.arrived += 1;
    req.resume().on('end', () => {
      setTimeout(() => res.setHeader('content-type', 'application/json').end(answer), upstream.delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const upstream: TestUpstream = {
    url: `http://127.0.0.1:${port}/v1`,
    delayMs: 0,
    arrived: 0,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return upstream;
}

/** A chat completion through the gateway. */
export async function chat(url: string, model: string, key?: string): Promise<Response> {
  return await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Good day!' }] }),
  });
}
