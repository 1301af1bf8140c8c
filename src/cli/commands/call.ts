import { Command } from 'commander';
import { picoFromUsd, usdFromPico } from '../../core/money.ts';
import type { Decision } from '../../core/decision.ts';
import type { CallRecord } from '../../core/record.ts';
import { savingsOf } from '../../core/savings.ts';
import { USAGE_KINDS } from '../../core/usage.ts';
import { askApi } from '../client/api-client.ts';
import type { Connect } from '../client/connect.ts';
import type { Io } from '../io.ts';
import { dollars, moment, mostDecimals, time, whole } from '../output/amounts.ts';
import { painter, printable } from '../output/style.ts';
import { formatTable } from '../output/table.ts';
import { connected } from './connected.ts';
import { addPlaceOptions, type PlaceOptions } from './options.ts';

interface Options extends PlaceOptions {
  readonly json?: boolean;
}

export function callCommand(io: Io, connect: Connect): Command {
  const command = new Command('call')
    .summary('one call: its bill, and what was decided on its way')
    .description(
      'Shows one call whole: what it used, what it cost line by line, and what was decided on its way and why.',
    )
    .argument('<id>', 'the call’s id, from "calls" or from the x-illm-call-id header of its answer')
    .option('--json', 'print JSON for programs');
  addPlaceOptions(command);
  command.addHelpText(
    'after',
    `
Example:
  infinite-llm call 01938c6e-1111-7000-8000-000000000001`,
  );
  return command.action(async (id: string, options: Options) => {
    await connected(connect, options, async (transport) => {
      const url = `/api/v1/calls/${encodeURIComponent(id)}`;
      const call = await askApi<CallRecord>(transport, { method: 'GET', url }, io.signal);
      io.out(options.json ? `${JSON.stringify(call, null, 2)}\n` : describeCall(call, io.color));
    });
  });
}

/** The call as people read it. */
export function describeCall(call: CallRecord, color: boolean): string {
  const paint = painter(color);
  const heading = (text: string): string => `\n${paint('bold', text)}\n`;
  const blocks = [facts(call), heading('Bill'), bill()];
  if (call.decisions.length > 0) blocks.push(heading('On its way'), way());
  if (call.requestBody !== null) blocks.push(heading('Request'), `${readable(call.requestBody)}\n`);
  if (call.responseBody !== null) blocks.push(heading('Answer'), `${readable(call.responseBody)}\n`);
  return blocks.join('');

  function bill(): string {
    if (call.unpriced)
      return `${paint('yellow', `No price is known: ${printable(call.unpricedReason ?? '')}`)}\n`;
    const places = mostDecimals(call.costParts.map(({ costUsd }) => costUsd));
    const lines = formatTable(
      [
        { title: 'kind', value: ({ kind }) => kind },
        { title: 'units', align: 'right', value: ({ units }) => whole(units) },
        {
          title: 'rate',
          align: 'right',
          value: ({ rateUsd, per }) => `${dollars(rateUsd)} per ${per.replace('-', ' ')}`,
        },
        { title: 'cost', align: 'right', value: ({ costUsd }) => dollars(costUsd, places) },
      ],
      call.costParts,
      paint,
    );
    return `${lines}${paint('bold', `${dollars(call.costUsd)} in all`)}, by ${call.priceVersion ?? 'no price list'}\n`;
  }

  function way(): string {
    const saved = savingsOf(call.decisions);
    const places = mostDecimals(call.decisions.map(({ savedUsd }) => savedUsd ?? null));
    const table = formatTable(
      [
        { title: 'at', align: 'right', value: ({ atMs }) => time(atMs) },
        { title: 'stage', value: ({ stage }) => stage },
        { title: 'did', value: ({ action }) => action },
        ...(saved
          ? [
              {
                title: 'saved',
                align: 'right',
                value: ({ savedUsd }: Decision) => dollars(savedUsd ?? null, places),
              } as const,
            ]
          : []),
        { title: 'why', value: ({ why }) => why },
      ],
      call.decisions,
      paint,
    );
    return saved ? table + withoutLevers(call.costUsd, Object.values(saved)) : table;
  }
}

function facts(call: CallRecord): string {
  const { target, usage } = call;
  const used = USAGE_KINDS.filter((kind) => usage[kind] > 0).map((kind) => `${kind} ${whole(usage[kind])}`);
  const tags = Object.entries(call.tags).map(([name, value]) => `${name}:${value}`);
  const outcome =
    call.status === 'ok'
      ? `ok (${call.httpStatus})`
      : `${call.status} (${call.httpStatus}, ${call.errorCode ?? 'no code'})`;
  const rows: readonly (readonly [string, string | null])[] = [
    ['call', call.id],
    ['started', `${moment(call.startedAt)} UTC`],
    ['status', outcome],
    ['error', call.errorMessage],
    [
      'asked for',
      `${call.requestedModel} by ${call.dialect}, ${call.operation}${call.stream ? ', streamed' : ''}`,
    ],
    ['sent to', target && `${target.provider}/${target.model}`],
    ['served by', call.servedModel],
    ['attempts', String(call.attempts)],
    ['finish', call.finishReason],
    ['key', call.keyName],
    ['team', call.team],
    ['user', call.user],
    ['session', call.session],
    ['tags', tags.join(', ') || null],
    ['used', used.length === 0 ? null : `${used.join(', ')} (${call.usageSource ?? 'unknown source'})`],
    ['tier', call.serviceTier],
    ['first content', call.ttftMs === null ? null : time(call.ttftMs)],
    ['total', `${time(call.totalMs)}, of which ${time(call.overheadMs)} in the gateway`],
    ['warnings', call.warnings.join('; ') || null],
  ];
  return rows
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name.padEnd(14)}${printable(value ?? '')}\n`)
    .join('');
}

function withoutLevers(costUsd: string | null, saved: readonly string[]): string {
  const sum = saved.reduce((total, usd) => total + picoFromUsd(usd), 0n);
  const all = `${dollars(usdFromPico(sum))} saved`;
  if (costUsd === null) return `${all}\n`;
  const without = usdFromPico(picoFromUsd(costUsd) + sum);
  return `${all}: ${dollars(costUsd)} in place of ${dollars(without)}\n`;
}

/** A body may have lines of its own. */
function readable(body: string): string {
  return body.split('\n').map(printable).join('\n');
}
