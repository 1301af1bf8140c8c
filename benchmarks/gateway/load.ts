/**
 * Sends calls and prints what came of them, as JSON. Closed loop: every connection sends its next call when the last
 * was answered. With a rate: calls start at fixed times, whatever is still in flight.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, Pool } from 'undici';
import { CHUNKS, requestBody } from './payloads.ts';

export interface LoadOptions {
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly stream: boolean;
  readonly connections: number;
  /** Stops after so many calls, or after so many seconds. */
  readonly calls?: number;
  readonly seconds?: number;
  /** Calls a second; without it a closed loop. */
  readonly rate?: number;
}

export interface LoadResult {
  readonly calls: number;
  readonly failures: number;
  readonly firstFailure: string | null;
  readonly seconds: number;
  /** Milliseconds from a call's start to the end of its answer, ascending quantiles. */
  readonly latencyMs: { readonly p50: number; readonly p90: number; readonly p99: number };
}

const options = JSON.parse(process.argv[2] ?? '') as LoadOptions;
const pool = new Pool(options.origin, { connections: options.connections, pipelining: 1 });
const request = {
  method: 'POST' as const,
  path: options.path,
  headers: { 'content-type': 'application/json', ...options.headers },
  body: requestBody(options.stream),
};

const latencies: number[] = [];
let failures = 0;
let firstFailure: string | null = null;

/** Resolves when the answer is over. It must be whole: a 200, and for streams every chunk and the end. */
function call(): Promise<void> {
  const started = performance.now();
  const chunks: Buffer[] = [];
  let status = 0;
  return new Promise((resolve) => {
    const fail = (why: string): void => {
      failures += 1;
      firstFailure ??= why.slice(0, 300);
      resolve();
    };
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => {},
      onResponseStart: (_controller, code) => void (status = code),
      onResponseData: (_controller, chunk) => void chunks.push(chunk),
      onResponseEnd: () => {
        latencies.push(performance.now() - started);
        const body = Buffer.concat(chunks);
        if (status !== 200) return fail(`HTTP ${status}: ${body.toString()}`);
        if (!isWhole(body)) return fail(`not the whole answer: ${body.toString().slice(-200)}`);
        resolve();
      },
      onResponseError: (_controller, error) => fail(String(error)),
    };
    pool.dispatch(request, handler);
  });
}

function isWhole(body: Buffer): boolean {
  if (!options.stream) return body.includes('"finish_reason":"stop"') && body.includes('"usage"');
  let events = 0;
  for (let at = body.indexOf('data:'); at >= 0; at = body.indexOf('data:', at + 5)) events += 1;
  return events >= CHUNKS && body.includes('[DONE]');
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const start = performance.now();
const until = start + (options.seconds ?? 3_600) * 1_000;
const most = options.calls ?? Number.POSITIVE_INFINITY;
let begun = 0;
const goOn = (): boolean => begun < most && performance.now() < until;

if (options.rate === undefined) {
  await Promise.all(
    Array.from({ length: options.connections }, async () => {
      while (goOn()) {
        begun += 1;
        await call();
      }
    }),
  );
} else {
  const inFlight = new Set<Promise<void>>();
  while (goOn()) {
    const wait = start + (begun / options.rate) * 1_000 - performance.now();
    if (wait > 0) await sleep(wait);
    begun += 1;
    const running = call().then(() => void inFlight.delete(running));
    inFlight.add(running);
  }
  await Promise.all(inFlight);
}

const seconds = (performance.now() - start) / 1_000;
const sorted = latencies.sort((a, b) => a - b);
const latencyMs = { p50: quantile(sorted, 0.5), p90: quantile(sorted, 0.9), p99: quantile(sorted, 0.99) };
const result: LoadResult = { calls: begun, failures, firstFailure, seconds, latencyMs };
console.log(JSON.stringify(result));
await pool.close();
