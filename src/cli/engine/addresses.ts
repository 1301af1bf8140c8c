import { isLoopback } from '../../core/access.ts';
import { Failure } from '../failure.ts';
import { formatHostPort, type HostPort } from './arguments.ts';

export interface Place {
  /** Where the control plane listens. */
  readonly listen: HostPort;
  /** The host that others reach this process at. */
  readonly advertise: string;
  /** Where its first shard listens. On this machine any free port does; between machines firewalls want to know. */
  readonly dataPort: number;
}

const EVERYWHERE: readonly string[] = ['0.0.0.0', '::', '*'];

/** @throws Failure when others could not find this process */
export function placeOf(listen: HostPort, advertise: string | undefined): Place {
  if (advertise === undefined && EVERYWHERE.includes(listen.host))
    throw new Failure(
      `--listen ${formatHostPort(listen)} is all addresses of this machine: say with --advertise HOST which one others reach it at.`,
    );
  const dataPort = isLoopback(listen.host) || listen.port === 0 ? 0 : listen.port + 1;
  return { listen, advertise: advertise ?? listen.host, dataPort };
}

/** Where a process that joins others is reached when it was not said: on this machine alone. @throws Failure */
export function listenBeside(join: readonly HostPort[]): HostPort {
  const away = join.find(({ host }) => !isLoopback(host));
  if (away)
    throw new Failure(
      `--join ${formatHostPort(away)} is another machine, which must reach this one too: say where with --listen HOST:PORT.`,
    );
  return { host: '127.0.0.1', port: 0 };
}
