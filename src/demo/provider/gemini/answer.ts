import type { JsonObject } from '../../../core/json.ts';
import { promptTokens } from '../../../core/usage.ts';
import type { Usage } from '../../../core/usage.ts';
import { type SimulatedToken, tokensOfText } from '../logprobs.ts';
import type { Scenario } from '../scenario.ts';
import { SIGNATURE, signsCalls } from './rules.ts';

export interface GenerateMeta {
  readonly responseId: string;
  readonly model: string;
  readonly callIds: readonly string[];
  readonly includeLogprobs: boolean;
  readonly includeThoughts: boolean;
}

const FINISH = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  'tool-calls': 'STOP',
  'content-filter': 'SAFETY',
  pause: 'STOP',
  other: 'OTHER',
} as const;

/** The prompt's count includes what came from the cache; the candidates' count leaves out thoughts. */
export function usageMetadata(usage: Usage, serviceTier: string | null): JsonObject {
  const prompt = promptTokens(usage);
  const text = prompt - usage.inputAudio - usage.cacheReadAudio - usage.inputImage;
  const details = [
    { modality: 'TEXT', tokenCount: text },
    { modality: 'AUDIO', tokenCount: usage.inputAudio + usage.cacheReadAudio },
    { modality: 'IMAGE', tokenCount: usage.inputImage },
  ].filter(({ modality, tokenCount }) => modality === 'TEXT' || tokenCount > 0);
  return {
    promptTokenCount: prompt,
    ...(usage.output > usage.reasoning && { candidatesTokenCount: usage.output - usage.reasoning }),
    totalTokenCount: prompt + usage.output,
    ...(usage.cacheRead > 0 && {
      cachedContentTokenCount: usage.cacheRead,
      cacheTokensDetails: [
        { modality: 'TEXT', tokenCount: usage.cacheRead - usage.cacheReadAudio },
        ...(usage.cacheReadAudio > 0 ? [{ modality: 'AUDIO', tokenCount: usage.cacheReadAudio }] : []),
      ],
    }),
    promptTokensDetails: details,
    ...(usage.reasoning > 0 && { thoughtsTokenCount: usage.reasoning }),
    ...(serviceTier && { serviceTier }),
  };
}

/** The whole answer as one response. */
export function generated(scenario: Scenario, meta: GenerateMeta): JsonObject {
  const { reasoning, text } = scenario;
  const parts = [
    ...(meta.includeThoughts && reasoning.length > 0 ? [{ text: reasoning.join(''), thought: true }] : []),
    ...(text.length > 0 ? [{ text: text.join('') }] : []),
    ...callParts(scenario, meta),
  ];
  return response(parts, scenario, meta, true, tokensOfText(scenario));
}

/** The same answer as the responses of a stream; only the last one says why it ended. */
export function generatedStream(scenario: Scenario, meta: GenerateMeta): JsonObject[] {
  const { reasoning, text, toolCalls } = scenario;
  const tokens = tokensOfText(scenario);
  const steps: (readonly [parts: readonly JsonObject[], tokens: readonly SimulatedToken[]])[] = [
    ...(meta.includeThoughts ? reasoning.map((one) => [[{ text: one, thought: true }], []] as const) : []),
    ...text.map((one, index) => [[{ text: one }], tokens.slice(index, index + 1)] as const),
    ...(toolCalls.length > 0 ? [[callParts(scenario, meta), []] as const] : []),
  ];
  return [
    ...steps.map(([parts, said]) => response(parts, scenario, meta, false, said)),
    response([{ text: '' }], scenario, meta, true, []),
  ];
}

function callParts({ toolCalls, reasoning }: Scenario, meta: GenerateMeta): JsonObject[] {
  const signed = signsCalls(meta.model) || reasoning.length > 0;
  return toolCalls.map((call, index) => ({
    functionCall: {
      ...(signsCalls(meta.model) && { id: meta.callIds[index] ?? '' }),
      name: call.name,
      args: call.arguments,
    },
    ...(signed &&
      index === 0 && {
        thoughtSignature: Buffer.from(`${SIGNATURE}${call.name}`).toString('base64'),
      }),
  }));
}

function response(
  parts: readonly JsonObject[],
  scenario: Scenario,
  meta: GenerateMeta,
  last: boolean,
  tokens: readonly SimulatedToken[],
): JsonObject {
  const { usage, serviceTier } = scenario;
  return {
    candidates: [
      {
        content: { parts, role: 'model' },
        ...(last && { finishReason: FINISH[scenario.finish] }),
        index: 0,
        ...(meta.includeLogprobs && tokens.length > 0 && logprobsOf(tokens)),
      },
    ],
    usageMetadata: usageMetadata(last ? usage : { ...usage, output: 0, reasoning: 0 }, serviceTier),
    modelVersion: meta.model,
    responseId: meta.responseId,
  };
}

function logprobsOf(tokens: readonly SimulatedToken[]): JsonObject {
  const chosen = tokens.map(({ token, logprob }, tokenId) => ({ token, tokenId, logProbability: logprob }));
  return {
    avgLogprobs: tokens.reduce((sum, { logprob }) => sum + logprob, 0) / tokens.length,
    logprobsResult: {
      chosenCandidates: chosen,
      topCandidates: chosen.map((token) => ({ candidates: [token] })),
    },
  };
}
