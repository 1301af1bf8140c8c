import { Command } from 'commander';
import { askApi, type ApiRequest } from '../client/api-client.ts';
import type { Connect } from '../client/connect.ts';
import type { Io } from '../io.ts';
import { dollars, whole } from '../output/amounts.ts';
import { painter } from '../output/style.ts';
import { connected } from './connected.ts';
import { addPlaceOptions, type PlaceOptions } from './options.ts';

interface Options extends PlaceOptions {
  readonly json?: boolean;
  readonly learnt?: boolean;
}

/** As much of the answer of `GET /api/v1/cache` as is shown. */
interface State {
  readonly store: {
    readonly reach: string;
    readonly entries: number;
    readonly bytes: number;
    readonly maxBytes: number;
  };
  readonly semantic: { readonly answers: number; readonly questions: number; readonly bytes: number };
  readonly hits: number;
  readonly joined: number;
  readonly misses: number;
  readonly bypassed: number;
  readonly unpriced: number;
  readonly savedUsd: string;
  readonly missedUsd: string;
  readonly hitRate: number | null;
  readonly costWeightedHitRate: number | null;
  readonly meanLookupMs: number | null;
  readonly meanStoreMs: number | null;
  readonly netSavingShare: number | null;
  readonly netTimeShare: number | null;
  readonly machineCounted: boolean;
}

export function cacheCommand(io: Io, connect: Connect): Command {
  const stats = new Command('stats')
    .summary('what it holds, how often it answers, what that is worth')
    .description('Shows the cache of exact answers since the gateway was started.')
    .option('--json', 'print JSON for programs');
  addPlaceOptions(stats);
  stats.action(async (options: Options) => {
    const state = await ask<State>(options, { method: 'GET', url: '/api/v1/cache' });
    io.out(options.json ? `${JSON.stringify(state, null, 2)}\n` : describeCache(state, io.color));
  });
  const clear = new Command('clear')
    .description('Forgets all stored answers, exact and semantic.')
    .option('--learnt', 'also which answers the semantic cache may give: it begins to learn anew');
  addPlaceOptions(clear);
  clear.action(async (options: Options) => {
    const { forgotten } = await ask<{ forgotten: number }>(options, {
      method: 'DELETE',
      url: `/api/v1/cache${options.learnt === true ? '?learnt=true' : ''}`,
    });
    io.out(`Forgot ${whole(forgotten)} answers.\n`);
  });
  return new Command('cache')
    .summary('the caches of answers')
    .description('Looks after the caches of answers.')
    .addCommand(stats)
    .addCommand(clear);

  async function ask<T>(options: Options, request: ApiRequest): Promise<T> {
    return await connected(connect, options, (transport) => askApi<T>(transport, request, io.signal));
  }
}

/** The state as people read it. */
export function describeCache(state: State, color: boolean): string {
  const paint = painter(color);
  const { store } = state;
  const rows: readonly (readonly [string, string])[] = [
    [
      'holds',
      `${whole(store.entries)} answers, ${whole(store.bytes)} of ${whole(store.maxBytes)} bytes, ${store.reach === 'shared' ? 'in Redis' : 'in each process'}`,
    ],
    [
      'by meaning',
      `${whole(state.semantic.answers)} answers to ${whole(state.semantic.questions)} questions, ${whole(state.semantic.bytes)} bytes`,
    ],
    [
      'calls',
      `${whole(state.hits)} hits, ${whole(state.joined)} joined, ${whole(state.misses)} misses, ${whole(state.bypassed)} bypassed`,
    ],
    ['hit rate', `${percent(state.hitRate)} of calls, ${percent(state.costWeightedHitRate)} of their cost`],
    ['saved', `${dollars(state.savedUsd)}; misses cost ${dollars(state.missedUsd)}`],
    ['lookup, store', `${millis(state.meanLookupMs)}, ${millis(state.meanStoreMs)}`],
    [
      'net saving',
      `${percent(state.netSavingShare)} of cost${state.machineCounted ? '' : ' (the machine’s time is not counted; set cache.machineHourlyUsd)'}, ${percent(state.netTimeShare)} of time`,
    ],
  ];
  const table = rows.map(([name, value]) => `${paint('dim', name.padEnd(14))} ${value}\n`).join('');
  if (state.unpriced === 0) return table;
  return `${table}${paint('yellow', `${whole(state.unpriced)} calls have no known price and are in no sum.`)}\n`;
}

function percent(share: number | null): string {
  return share === null ? '–' : `${(share * 100).toFixed(1)} %`;
}

function millis(ms: number | null): string {
  return ms === null ? '–' : `${ms.toFixed(3)} ms`;
}
