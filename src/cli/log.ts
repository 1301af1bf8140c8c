import type { Log } from '../core/ports.ts';
import { redactSecrets } from '../core/redact.ts';

type Level = 'info' | 'warn' | 'error';
type Fields = Readonly<Record<string, unknown>>;

export interface LogOptions {
  /** Takes one line, with its line break. */
  readonly write: (line: string) => void;
  /** `json` for programs, one object a line; `text` for people. */
  readonly format: 'json' | 'text';
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A log that lets nothing through which looks like a credential. */
export function createLog({ write, format, now }: LogOptions): Log {
  const line = format === 'json' ? jsonLine : textLine;
  const at =
    (level: Level) =>
    (message: string, fields: Fields = {}) =>
      write(`${redactSecrets(line(level, message, fields, new Date(now()).toISOString()))}\n`);
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

function jsonLine(level: Level, message: string, fields: Fields, time: string): string {
  return toJson({ time, level, message, ...fields });
}

function textLine(level: Level, message: string, fields: Fields, time: string): string {
  const extra = Object.entries(fields).map(([name, value]) => {
    if (value instanceof Error) return `\n${value.stack ?? value.message}`;
    return ` ${name}=${typeof value === 'string' ? value : toJson(value)}`;
  });
  return `${time.slice(11, 19)} ${level === 'info' ? '' : `${level}: `}${message}${extra.join('')}`;
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value, plain) ?? 'undefined';
  } catch (error) {
    return JSON.stringify({ level: 'error', message: `a log entry can not be written: ${String(error)}` });
  }
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { name, message, stack, ...(cause !== undefined && { cause }) };
}
