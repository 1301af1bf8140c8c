import type { JsonObject } from '../../core/json.ts';
import { drawOne, drawSkewed } from '../draw.ts';
import type { Draw } from '../draw.ts';
import { CHARS_PER_TOKEN } from '../provider/tokens.ts';
import { seededRandom, sentences } from '../provider/words.ts';
import type { Workload } from '../workloads.ts';

/** A request to the gateway, in the wire format of the workload's clients. */
export interface WireCall {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

/** Characters of a word of the simulated sentences, with its space. */
const WORD_CHARS = 5;
/** Live prompts are shorter than those of the history: nobody reads them. */
const MOST_TOKENS = 3000;
/** Questions that people ask again and again, and how much more often than in the past, which had more of them. */
const COMMON_QUESTIONS = 3;
const REPEATED = 1.6;

interface Asked {
  readonly workload: Workload;
  readonly system: string;
  readonly text: string;
  readonly stream: boolean;
  readonly user: string;
}

/** Draws one of the workload's calls. */
export function drawWireCall(workload: Workload, draw: Draw): WireCall {
  const { feature, sharedTokens, freshTokens, levers } = workload;
  const user = drawOne(workload.users, draw);
  const common = draw() < (levers?.repeats ?? 0) * REPEATED;
  const question = common ? `${feature} ${Math.floor(draw() * COMMON_QUESTIONS)}` : String(draw());
  const fresh = Math.min(drawSkewed(freshTokens, common ? seededRandom(question) : draw), MOST_TOKENS);
  const asked: Asked = {
    workload,
    system: text(`system of ${feature}`, sharedTokens),
    text: text(`question ${question}`, fresh),
    stream: draw() < workload.streamedShare,
    user,
  };
  const env = drawOne(['prod', 'prod', 'prod', 'staging', 'dev'], draw);
  return {
    ...wireOf(asked),
    headers: {
      'content-type': 'application/json',
      'x-illm-tags': `feature=${feature},env=${env}`,
      'x-illm-session': `${feature}-${user}-live`,
      ...(workload.dialect === 'anthropic' && { 'anthropic-version': '2023-06-01' }),
    },
  };
}

function text(seed: string, tokens: number): string {
  return tokens === 0 ? '' : sentences(seed, Math.ceil((tokens * CHARS_PER_TOKEN) / WORD_CHARS));
}

function wireOf(asked: Asked): Pick<WireCall, 'path' | 'body'> {
  const { workload, system, text: input, stream, user } = asked;
  const { dialect, requestedModel: model, operation } = workload;
  if (operation === 'embed') return { path: '/v1/embeddings', body: { model, input, user } };
  switch (dialect) {
    case 'openai-chat': {
      const messages = [
        { role: 'system', content: system },
        { role: 'user', content: input },
      ];
      return { path: '/v1/chat/completions', body: { model, messages, stream, user } };
    }
    case 'openai-responses':
      return {
        path: '/v1/responses',
        body: { model, instructions: system, input, stream, store: false, user },
      };
    case 'anthropic': {
      const messages = [{ role: 'user', content: input }];
      const metadata = { user_id: user };
      return {
        path: '/v1/messages',
        body: { model, max_tokens: 2000, system, messages, stream, metadata },
      };
    }
    case 'gemini': {
      const method = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
      return {
        path: `/v1beta/models/${model}:${method}`,
        body: {
          systemInstruction: { parts: [{ text: system }] },
          contents: [{ role: 'user', parts: [{ text: input }] }],
        },
      };
    }
  }
}
