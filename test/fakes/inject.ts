import { setTimeout as delay } from 'node:timers/promises';
import type { ServerResponse } from 'node:http';
import type { ProviderApi } from '../../src/demo/provider/api.ts';
import type { SimulatedAnswer } from '../../src/demo/provider/wire.ts';
import { errorBody } from './error-bodies.ts';
import type { Fault } from './fault.ts';

interface Wire {
  readonly response: ServerResponse;
  /** Resolves when the client has left, or has got everything. */
  readonly gone: Promise<void>;
}

/** Writes the answer, spoilt as the fault says; without one, as it is. */
export async function inject(
  answer: SimulatedAnswer,
  fault: Fault | undefined,
  api: ProviderApi,
  wire: Wire,
): Promise<void> {
  const { response, gone } = wire;
  switch (fault?.kind) {
    case undefined:
      return whole(answer, response);
    case 'slow':
      await delay(fault.headMs ?? 0);
      response.writeHead(answer.status, answer.headers);
      for (const chunk of answer.chunks) {
        await delay(fault.chunkMs ?? 0);
        response.write(chunk);
      }
      response.end();
      return;
    case 'status': {
      const headers = { 'content-type': 'application/json', ...fault.headers };
      const body = fault.body ?? errorBody(api, fault.status);
      return whole({ status: fault.status, headers, chunks: [body] }, response);
    }
    case 'cut':
      if (fault.afterChunks > 0) await begin(answer, fault.afterChunks, wire);
      response.destroy();
      return;
    case 'truncate':
      await begin(answer, fault.afterChunks, wire);
      response.end();
      return;
    case 'garbage':
      await begin(answer, fault.afterChunks, wire);
      response.end(fault.bytes ?? 'data: {"this is not JSON\n\n');
      return;
    case 'content-type': {
      const headers = { ...answer.headers, 'content-type': fault.value };
      const chunks = fault.body === undefined ? answer.chunks : [fault.body];
      return whole({ ...answer, headers, chunks }, response);
    }
    case 'endless':
      await begin(answer, fault.afterChunks, wire);
      return endless(fault.bytes ?? 'x'.repeat(64 * 1024), wire);
    case 'silence':
      return;
    case 'stall':
      return begin(answer, fault.afterChunks, wire);
    case 'hold': {
      const { hold } = fault;
      hold.arrive();
      await hold.step(gone);
      response.writeHead(answer.status, answer.headers);
      response.flushHeaders();
      for (const chunk of answer.chunks) {
        await hold.step(gone);
        if (response.destroyed) return;
        response.write(chunk);
      }
      await hold.step(gone);
      response.end();
    }
  }
}

function whole({ status, headers, chunks }: SimulatedAnswer, response: ServerResponse): void {
  response.writeHead(status, headers);
  for (const chunk of chunks) response.write(chunk);
  response.end();
}

/** The head and the first chunks, surely on their way. */
async function begin(answer: SimulatedAnswer, chunks: number, { response, gone }: Wire): Promise<void> {
  response.writeHead(answer.status, answer.headers);
  response.flushHeaders();
  for (const chunk of answer.chunks.slice(0, chunks)) {
    await Promise.race([gone, new Promise<void>((resolve) => response.write(chunk, () => resolve()))]);
  }
}

async function endless(bytes: string, { response, gone }: Wire): Promise<void> {
  while (!response.destroyed) {
    const drained = new Promise<void>((resolve) => response.once('drain', resolve));
    await (response.write(bytes) ? delay(0) : Promise.race([gone, drained]));
    response.removeAllListeners('drain');
  }
}
