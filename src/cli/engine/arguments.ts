import { InvalidArgumentError } from 'commander';
import { size } from '../config/amounts.ts';

/** Where a process listens, or where others are reached. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** A size with its unit, such as `2GiB`, in bytes. @throws InvalidArgumentError */
export function byteSize(text: string): number {
  const read = size.safeParse(text);
  if (read.success && read.data > 0) return read.data;
  throw new InvalidArgumentError('It must be a size with its unit, such as 2GiB, 512MiB or 4GB.');
}

/** `host:port`, `[::1]:port`; port 0 is for listening on a free one. @throws InvalidArgumentError */
export function hostPort(text: string): HostPort {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]\s]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new InvalidArgumentError('It must be host:port, such as 127.0.0.1:9200.');
}

/** Collects an option that may be repeated. @throws InvalidArgumentError */
export function hostPorts(text: string, before: readonly HostPort[] = []): readonly HostPort[] {
  return [...before, hostPort(text)];
}

export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `1.5 GiB`, for people. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 1024 ** power;
  return `${Number(amount.toFixed(amount < 10 ? 2 : 1))} ${UNITS[power]}`;
}
