import type { App } from '../../api/index.ts';
import type { Transport } from './api-client.ts';

/** Reaches a management API opened in this process, without a socket. */
export function appTransport(app: App, token: string, where: string, close: () => Promise<void>): Transport {
  return {
    where,
    send: async ({ method, url, body }, signal) => {
      const headers = { host: 'localhost', authorization: `Bearer ${token}` };
      const payload = body === undefined ? {} : { payload: JSON.stringify(body) };
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const options = {
        method,
        url,
        headers: { ...headers, ...type },
        ...payload,
        payloadAsStream: true,
        signal,
      } as const;
      const answer = await app.inject(options);
      return { status: answer.statusCode, body: answer.stream() };
    },
    close,
  };
}
