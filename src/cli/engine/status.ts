import { isObject } from '../../core/json.ts';
import type { EngineReport, InstanceReport } from '../../engine/server/index.ts';
import { Failure } from '../failure.ts';
import { whole } from '../output/amounts.ts';
import { painter } from '../output/style.ts';
import { type Column, formatTable } from '../output/table.ts';
import { formatBytes } from './arguments.ts';

const PATIENCE_MS = 10_000;

/** Asks an engine how it does. @throws Failure when there is none, or it does not answer us */
export async function askStatus(http: string, key: string | null): Promise<EngineReport> {
  const base = /^https?:\/\//.test(http) ? http : `http://${http}`;
  if (!URL.canParse(base))
    throw new Failure(`${JSON.stringify(http)} is no URL; write it as http://127.0.0.1:9100.`);
  const url = new URL('/engine/status', base);
  const headers: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  let answer: Response;
  try {
    answer = await fetch(url, { headers, signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (error) {
    throw new Failure(
      `No engine answers at ${url.origin}. Start one with "infinite-llm engine serve", or say where it is with --http.`,
      { cause: error },
    );
  }
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok && isObject(body) && Array.isArray(body['instances'])) return body as unknown as EngineReport;
  const error = isObject(body) && isObject(body['error']) ? body['error']['message'] : undefined;
  const why = typeof error === 'string' ? error : `It answered ${answer.status}, which no engine does.`;
  throw new Failure(`${url.origin}: ${why}`);
}

/** For people. */
export function formatStatus(report: EngineReport, color: boolean): string {
  const { model, contextLength, kv, blocks, requests, wire, instances } = report;
  const paint = painter(color);
  const bytes = (count: number): string => formatBytes(count * kv.blockBytes);
  const rows: readonly (readonly [string, string])[] = [
    ['Model', `${model}, context of ${whole(contextLength)} tokens`],
    [
      'Requests',
      `${report.running} running, ${report.waiting} waiting; ${whole(requests.finished)} finished, ${whole(requests.failed)} failed, ${whole(requests.aborted)} aborted`,
    ],
    [
      'Speed',
      `${report.tokensPerSecond.toFixed(1)} tokens/s; ${whole(report.prefillTokens)} prefilled, ${whole(report.decodeTokens)} generated`,
    ],
    [
      'KV cache',
      `${whole(report.tokensHeld)} tokens held; ${whole(blocks.total - blocks.free)} of ${whole(blocks.total)} blocks (${bytes(blocks.total)}, ${kv.type})`,
    ],
    ['Wire', `${formatBytes(wire.sentBytes)} sent, ${formatBytes(wire.receivedBytes)} received`],
  ];
  const facts = rows.map(([name, value]) => `${paint('dim', name.padEnd(9))} ${value}\n`).join('');
  return `${facts}\n${formatTable(COLUMNS, instances, paint)}`;
}

const count = (title: string, of: keyof InstanceReport['blocks']): Column<InstanceReport> => ({
  title,
  align: 'right',
  value: ({ blocks }) => whole(blocks[of]),
});

const COLUMNS: readonly Column<InstanceReport>[] = [
  { title: 'instance', value: ({ id, self }) => (self ? `${id} (this)` : id), most: 40 },
  { title: 'role', value: ({ role, planner }) => (planner ? `${role}, gManager` : role) },
  {
    title: 'state',
    value: ({ alive }) => (alive ? 'alive' : 'lost'),
    tone: ({ alive }) => (alive ? null : 'red'),
  },
  count('blocks', 'total'),
  count('free', 'free'),
  count('own', 'used'),
  count('lent', 'lent'),
  count('borrowed', 'borrowed'),
  { title: 'address', value: ({ address }) => address ?? '–', most: 40 },
];
