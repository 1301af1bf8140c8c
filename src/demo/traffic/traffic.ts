import { setTimeout as delay } from 'node:timers/promises';
import { drawOne } from '../draw.ts';
import { seededRandom } from '../provider/words.ts';
import { WORKLOADS } from '../workloads.ts';
import type { Workload } from '../workloads.ts';
import { drawWireCall } from './wire-call.ts';
import type { WireCall } from './wire-call.ts';

export interface TrafficOptions {
  /** The gateway: `http://127.0.0.1:8787`. */
  readonly baseUrl: string;
  readonly seed: string;
  /** Calls a second, on average. */
  readonly perSecond?: number;
  /** Sent as the clients' key; a gateway without virtual keys takes any, or none. */
  readonly key?: string;
}

/** Resolves when the last call in flight is over. */
export type StopTraffic = () => Promise<void>;

const MOST_IN_FLIGHT = 8;
const PER_SECOND = 2;
/** Share of the calls whose client leaves before the answer is complete. */
const LEAVES = 0.04;
/** Share of the calls that ask for a model which does not exist. */
const MISTAKES = 0.01;
const LONGEST_CALL_MS = 60_000;

/** Calls the gateway over HTTP as the imagined company's clients do, a few a second, until stopped. */
export function startDemoTraffic(options: TrafficOptions): StopTraffic {
  const draw = seededRandom(`traffic ${options.seed}`);
  const stopped = new AbortController();
  const inFlight = new Set<Promise<void>>();

  const begin = (): void => {
    if (inFlight.size >= MOST_IN_FLIGHT) return;
    const workload = drawWorkload(draw);
    const call = drawWireCall(workload, draw);
    const asked = draw() < MISTAKES ? mistaken(call) : call;
    const leaves = draw() < LEAVES;
    const done = perform(asked, options, leaves, stopped.signal).finally(() => inFlight.delete(done));
    inFlight.add(done);
  };

  const loop = (async () => {
    while (!stopped.signal.aborted) {
      // Calls that know nothing of each other come with exponentially distributed pauses.
      const pauseMs = (-Math.log(1 - draw()) * 1000) / (options.perSecond ?? PER_SECOND);
      await delay(pauseMs, undefined, { signal: stopped.signal }).catch(() => {});
      if (!stopped.signal.aborted) begin();
    }
  })();

  return async () => {
    stopped.abort();
    await loop;
    await Promise.all(inFlight);
  };
}

/** Frequent workloads more often. */
function drawWorkload(draw: () => number): Workload {
  const all = WORKLOADS.reduce((sum, { perDay }) => sum + perDay, 0);
  let left = draw() * all;
  for (const workload of WORKLOADS) {
    left -= workload.perDay;
    if (left < 0) return workload;
  }
  return drawOne(WORKLOADS, draw);
}

function mistaken(call: WireCall): WireCall {
  return {
    ...call,
    path: '/v1/chat/completions',
    body: { model: 'gpt-5-minny', messages: [{ role: 'user', content: 'hi' }] },
  };
}

/** Reads the answer to its end, or leaves after its first bytes. A failing call is part of the picture. */
async function perform(
  { path, headers, body }: WireCall,
  { baseUrl, key }: TrafficOptions,
  leaves: boolean,
  stopped: AbortSignal,
): Promise<void> {
  const left = new AbortController();
  const signal = AbortSignal.any([stopped, left.signal, AbortSignal.timeout(LONGEST_CALL_MS)]);
  try {
    const response = await fetch(new URL(path, baseUrl), {
      method: 'POST',
      headers: { ...headers, ...(key && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify(body),
      signal,
    });
    for await (const _chunk of response.body ?? []) if (leaves) left.abort();
  } catch {
    // The gateway's ledger says what went wrong.
  }
}
