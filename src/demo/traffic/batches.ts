import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom, sentences } from '../provider/words.ts';
import type { StopTraffic, TrafficOptions } from './traffic.ts';

const EVERY_MS = 4 * 60_000;
/** Of providers with batches of their own, and of one without. */
const MODELS = [
  'openai/gpt-5-mini',
  'anthropic/claude-haiku-4-5',
  'google/gemini-2.5-flash',
  'our-vllm/qwen3-32b',
] as const;
const CALLS = 12;
const WORDS = 300;
const ENDPOINT = '/v1/chat/completions';

/** Makes a batch of summaries now and then, the first at once, until stopped. One of its calls asks for too much. */
export function startDemoBatches({ baseUrl, seed }: Pick<TrafficOptions, 'baseUrl' | 'seed'>): StopTraffic {
  const draw = seededRandom(`batches ${seed}`);
  const stopped = new AbortController();
  const loop = (async () => {
    while (!stopped.signal.aborted) {
      await makeBatch(baseUrl, draw, stopped.signal).catch(() => undefined);
      await delay(EVERY_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    stopped.abort();
    await loop;
  };
}

async function makeBatch(baseUrl: string, draw: () => number, signal: AbortSignal): Promise<void> {
  const form = new FormData();
  form.append('purpose', 'batch');
  form.append('file', new Blob([linesOf(draw)]), 'nightly-summaries.jsonl');
  const file = await post(new URL('/v1/files', baseUrl), { body: form, signal });
  await post(new URL('/v1/batches', baseUrl), {
    body: JSON.stringify({
      input_file_id: file.id,
      endpoint: ENDPOINT,
      completion_window: '24h',
      metadata: { job: 'nightly-summaries' },
    }),
    headers: { 'content-type': 'application/json', 'x-illm-tags': 'feature=nightly-summaries,env=prod' },
    signal,
  });
}

function linesOf(draw: () => number): string {
  const lines = Array.from({ length: CALLS }, (_, index) => {
    const messages = [{ role: 'user', content: `Summarize: ${sentences(`article ${draw()}`, WORDS)}` }];
    const body = {
      model: MODELS[index % MODELS.length],
      messages,
      max_completion_tokens: 400,
      ...(index === CALLS - 1 && { temperature: 9 }),
    };
    return JSON.stringify({ custom_id: `article-${index + 1}`, method: 'POST', url: ENDPOINT, body });
  });
  return lines.join('\n');
}

async function post(url: URL, init: Omit<RequestInit, 'method'>): Promise<{ readonly id: string }> {
  const response = await fetch(url, { ...init, method: 'POST' });
  if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}`);
  return (await response.json()) as { readonly id: string };
}
