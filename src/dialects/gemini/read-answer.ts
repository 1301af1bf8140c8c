import { randomUUID } from 'node:crypto';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { FinishPart, Part, UsagePart } from '../../core/part.ts';
import { Fields } from '../wire/fields.ts';
import { parseMean, parseTokens } from './logprobs.ts';
import { geminiFeatures } from './gemini-features.ts';
import { parseFinishReason } from './map-finish-reason.ts';
import { parseUsage, servedTier } from './parse-usage.ts';
import { parseThoughtSignature } from './thought-signature.ts';

/** Reads the responses of one answer: those of a stream, or the only one. */
export interface AnswerReader {
  /** @throws CallError `upstream_garbage` */
  read(response: JsonObject): Part[];
  /** Ends what is open. Null for a finish that was never told. */
  close(): { readonly parts: Part[]; readonly finish: FinishPart | null };
}

interface OpenBlock {
  readonly kind: 'text' | 'reasoning';
  readonly id: string;
}

/**
 * Parts of one kind in a row are one block. Only the first candidate counts. The finish is known at the end alone: it may
 * come before the last usage, and depends on whether functions were called.
 */
export function answerReader(): AnswerReader {
  const usage = usageReader();
  let open: OpenBlock | null = null;
  let blocks = 0;
  let calls = 0;
  let answerId: string | undefined;
  let finishReason: string | undefined;
  let isBlocked = false;
  let hasTokens = false;
  let mean: number | undefined;

  const end = (signature?: string): Part[] => {
    if (!open) return [];
    const { kind, id } = open;
    open = null;
    if (kind === 'text') return [{ type: 'text-end', id }];
    return [{ type: 'reasoning-end', id, ...(signature && { signature }) }];
  };
  const within = (kind: OpenBlock['kind'], text: string): Part[] => {
    if (open?.kind === kind) return text ? [{ type: `${kind}-delta`, id: open.id, text }] : [];
    const closing = end();
    open = { kind, id: `${kind}-${blocks++}` };
    return [
      ...closing,
      { type: `${kind}-start`, id: open.id },
      ...(text ? [{ type: `${kind}-delta`, id: open.id, text } as const] : []),
    ];
  };

  const readPart = (part: Fields): Part[] => {
    const signature = parseThoughtSignature(part.optionalString('thoughtSignature'));
    const call = part.optionalObject('functionCall');
    if (call) return [...end(), ...readCall(call, signature)];
    const media = part.optionalObject('inlineData');
    const text = part.optionalString('text');
    if (part.optionalBoolean('thought')) {
      const thought = text || signature ? within('reasoning', text ?? '') : [];
      return signature ? [...thought, ...end(signature)] : thought;
    }
    const said: Part[] = media
      ? [...end(), { type: 'media', mediaType: media.string('mimeType'), data: media.string('data') }]
      : text
        ? within('text', text)
        : [];
    return signature ? [...said, ...within('reasoning', ''), ...end(signature)] : said;
  };

  /** Calls come whole. Those of older models have no ids. */
  const readCall = (call: Fields, signature: string | undefined): Part[] => {
    answerId ??= randomUUID();
    const id = call.optionalString('id') || `call_${answerId}_${calls}`;
    calls++;
    return [
      { type: 'tool-call-start', id, name: call.string('name') },
      { type: 'tool-call-delta', id, arguments: JSON.stringify(call.optionalJsonObject('args') ?? {}) },
      { type: 'tool-call-end', id, ...(signature && { signature }) },
    ];
  };

  const readTokens = (candidate: Fields | undefined): Part[] => {
    mean = parseMean(candidate?.json('avgLogprobs')) ?? mean;
    const tokens = parseTokens(candidate?.json('logprobsResult'));
    hasTokens ||= tokens.length > 0;
    return tokens.length > 0 ? [{ type: 'logprobs', tokens }] : [];
  };

  /** The provider's own mean counts where it told of no tokens. */
  const ending = (): Part[] =>
    hasTokens || mean === undefined ? end() : [...end(), { type: 'logprobs', tokens: [], mean }];

  return {
    read: (body) => {
      const response = new Fields(body, '', 'provider');
      answerId ??= response.optionalString('responseId');
      const [candidate] = response.items('candidates');
      const content = candidate?.optionalObject('content');
      const parts = (content?.items('parts') ?? []).flatMap(readPart);
      finishReason = candidate?.optionalString('finishReason') ?? finishReason;
      isBlocked ||= response.optionalObject('promptFeedback')?.optionalString('blockReason') !== undefined;
      return [...readTokens(candidate), ...parts, ...usage(body)];
    },
    close: () => ({ parts: ending(), finish: finishOf(finishReason, calls > 0, isBlocked) }),
  };
}

function finishOf(
  finishReason: string | undefined,
  hasCalls: boolean,
  isBlocked: boolean,
): FinishPart | null {
  if (finishReason !== undefined)
    return { type: 'finish', reason: parseFinishReason(finishReason, hasCalls) };
  return isBlocked ? { type: 'finish', reason: 'content-filter' } : null;
}

/** Every response of a stream repeats the usage so far: the last one counts. Searches are those of all responses. */
export function usageReader(): (response: JsonObject) => UsagePart[] {
  const searches = new Set<string>();
  let model: string | undefined;
  return ({ modelVersion, candidates, usageMetadata }) => {
    if (typeof modelVersion === 'string') model = modelVersion;
    for (const query of searchesOf(candidates)) searches.add(query);
    if (!isObject(usageMetadata)) return [];
    const isOne = searches.size > 1 && !geminiFeatures(model ?? '').billsEachSearch;
    const serviceTier = servedTier(usageMetadata);
    return [
      {
        type: 'usage',
        usage: parseUsage(usageMetadata, isOne ? 1 : searches.size),
        source: 'provider',
        ...(serviceTier !== undefined && { serviceTier }),
        ...(model !== undefined && { model }),
      },
    ];
  };
}

/** Google bills searches by their different queries, empty ones apart. */
function searchesOf(candidates: Json | undefined): string[] {
  const [candidate] = Array.isArray(candidates) ? (candidates as readonly Json[]) : [];
  const grounding = isObject(candidate) ? candidate['groundingMetadata'] : undefined;
  const queries = isObject(grounding) ? grounding['webSearchQueries'] : undefined;
  if (!Array.isArray(queries)) return [];
  return (queries as readonly Json[]).filter(
    (query): query is string => typeof query === 'string' && query !== '',
  );
}
