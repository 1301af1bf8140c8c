import { Command, Option } from 'commander';
import { KEY_VARIABLE } from '../engine/exposure.ts';
import type { Io } from '../io.ts';

interface Options {
  readonly http: string;
  readonly key?: string;
  readonly json?: boolean;
}

export function engineStatusCommand(io: Io): Command {
  return new Command('status')
    .description('Shows an engine: its instances, blocks, requests and bytes on the wire.')
    .option('--http <url>', 'its API', 'http://127.0.0.1:9100')
    .addOption(new Option('--key <key>', 'its key').env(KEY_VARIABLE))
    .option('--json', 'print JSON for programs')
    .action(async ({ http, key, json }: Options) => {
      const { askStatus, formatStatus } = await import('../engine/status.ts');
      const report = await askStatus(http, key ?? null);
      io.out(json ? `${JSON.stringify(report)}\n` : formatStatus(report, io.color));
    });
}
