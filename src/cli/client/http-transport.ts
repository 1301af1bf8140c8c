import { ApiFailure, type Transport } from './api-client.ts';

/** Reaches a running gateway. @param token an admin key, or null where none is needed */
export function httpTransport(baseUrl: string, token: string | null): Transport {
  const base = baseUrl.replace(/\/+$/, '');
  return {
    where: base,
    send: async ({ method, url, body }, signal) => {
      const headers: Record<string, string> = {};
      if (token !== null) headers['authorization'] = `Bearer ${token}`;
      if (body !== undefined) headers['content-type'] = 'application/json';
      const payload = body === undefined ? {} : { body: JSON.stringify(body) };
      try {
        const answer = await fetch(base + url, { method, headers, signal, redirect: 'error', ...payload });
        return { status: answer.status, body: answer.body ?? none() };
      } catch (error) {
        if (signal.aborted) throw error;
        throw new ApiFailure(0, `No gateway answers at ${base} (${reason(error)}). Is it running?`);
      }
    },
    close: async () => undefined,
  };
}

async function* none(): AsyncGenerator<Uint8Array> {}

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
