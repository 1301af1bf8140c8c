import type { Server } from 'node:http';
import { isLoopback } from '../../core/access.ts';
import type { ListenSettings } from '../../core/settings.ts';
import { Failure } from '../failure.ts';

/** Starts to listen. Resolves with the URL. @throws Failure when the address can not be had */
export async function listenOn(
  server: Server,
  { host, port }: Pick<ListenSettings, 'host' | 'port'>,
): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
    server.listen({ host, port }, resolve);
  });
  const address = server.address();
  return urlOf(host, typeof address === 'object' && address !== null ? address.port : port);
}

/** How this machine reaches a server that listens on `host`. */
export function urlOf(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `http://127.0.0.1:${port}`;
  const bare = host.replace(/^\[|\]$/g, '');
  return `http://${bare.includes(':') ? `[${bare}]` : bare}:${port}`;
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Failure {
  const options = { cause: error };
  switch (error.code) {
    case 'EADDRINUSE':
      return new Failure(
        `Port ${port} of ${host} is in use. Stop what uses it, or choose another with --port.`,
        options,
      );
    case 'EACCES':
      return new Failure(
        `This user may not listen on port ${port}. Choose one above 1023 with --port.`,
        options,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new Failure(
        `${host} is no address of this machine. Correct listen.host${isLoopback(host) ? '' : ', or listen on 127.0.0.1'}.`,
        options,
      );
    default:
      return new Failure(`Can not listen on ${host}:${port}: ${error.message}`, options);
  }
}
