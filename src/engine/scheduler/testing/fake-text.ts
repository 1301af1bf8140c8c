import type { GenerateEvent, GenerateRequest, SamplingOptions } from '../../ports.ts';
import type { CreateSampler, CreateStopFilter, EngineTokenizer } from '../text-ports.ts';
import { fakeLogits, prefixHash } from './fake-runner.ts';

export const EOS = 0;

export const GREEDY: SamplingOptions = {
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  seed: 1,
  frequencyPenalty: 0,
  presencePenalty: 0,
  repetitionPenalty: 1,
};

/** Token 3 is the text `3,`. */
export const fakeTokenizer: EngineTokenizer = {
  eosTokens: [EOS],
  detokenizer: () => ({ push: (token) => `${token},`, flush: () => '' }),
};

/** Depends on the logits, on all tokens so far and on how often it was asked. */
export const fakeSampler: CreateSampler = ({ seed }) => {
  let state = seed ?? 0;
  return {
    sample: (logits, { prompt, output }, logprobs) => {
      state = prefixHash(state, prompt.length + output.length);
      let token = 0;
      const score = (i: number) => (logits[i] ?? 0) + (prefixHash(state, i) % 4);
      for (let i = 1; i < logits.length; i++) if (score(i) > score(token)) token = i;
      const top = Array.from({ length: logprobs ?? 0 }, (_, i) => ({ token: i, logprob: -i }));
      return { token, logprob: logprobs === null ? null : -(logits[token] ?? 0), top };
    },
  };
};

/** Holds nothing back. */
export const fakeStopFilter: CreateStopFilter = (stops) => {
  let seen = '';
  return {
    push: (text) => {
      seen += text;
      return { emit: text, stopped: stops.some((stop) => seen.includes(stop)) };
    },
    flush: () => '',
  };
};

export function request(prompt: readonly number[], more: Partial<GenerateRequest> = {}): GenerateRequest {
  return { prompt, maxTokens: 8, sampling: GREEDY, stop: [], ignoreEos: true, logprobs: null, ...more };
}

/** What the fake model answers when nothing ever goes wrong. */
export function expectedTokens({ prompt, maxTokens, sampling, ignoreEos }: GenerateRequest): number[] {
  const sampler = fakeSampler(sampling);
  let prefix = prompt.reduce(prefixHash, 0);
  const out: number[] = [];
  while (out.length < maxTokens) {
    const { token } = sampler.sample(fakeLogits(prefix), { prompt, output: out }, null);
    if (token === EOS && !ignoreEos) break;
    out.push(token);
    prefix = prefixHash(prefix, token);
  }
  return out;
}

export interface Collected {
  readonly tokens: number[];
  readonly text: string;
  readonly finish: (GenerateEvent & { readonly type: 'finish' }) | null;
}

export async function collect(events: AsyncIterable<GenerateEvent>): Promise<Collected> {
  const tokens: number[] = [];
  let text = '';
  for await (const event of events) {
    text += event.text;
    if (event.type === 'finish') return { tokens, text, finish: event };
    tokens.push(event.token);
  }
  return { tokens, text, finish: null };
}

export function randomPrompt(length: number, seed = 1): number[] {
  let state = seed;
  return Array.from({ length }, () => (state = prefixHash(state, 5)) % 24);
}
