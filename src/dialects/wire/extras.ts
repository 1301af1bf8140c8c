import type { Prompt } from '../../core/content.ts';
import { CallError } from '../../core/errors.ts';
import { isObject, type Json } from '../../core/json.ts';

/** Extras without which the answer would be another kind of answer than the client asked for. */
const SHAPE_CHANGING: ReadonlySet<string> = new Set([
  'n',
  'audio',
  'modalities',
  'logprobs',
  'top_logprobs',
  'web_search_options',
  'prompt',
  'previous_response_id',
  'conversation',
  'background',
  'mcp_servers',
  'container',
  'cachedContent',
  'generationConfig.candidateCount',
  'generationConfig.responseModalities',
  'generationConfig.responseLogprobs',
  'generationConfig.logprobs',
  'generationConfig.speechConfig',
]);

/** A whole tool, message, content part or tool call: `tools[2]`, `messages[0].content[1]`, `input[4]`, `contents[0].parts[1]`. */
const WHOLE_ITEM =
  /^(tools|messages|input|contents|system)\[\d+\](\.(content|parts|tool_calls|output)\[\d+\])*(\.audio)?$/;

const STORED =
  'It stands for something that is kept at OpenAI. Send the earlier items themselves: SDKs do so with "store": false.';

/** What a client can do instead. */
const REMEDIES: Readonly<Record<string, string>> = {
  n: 'Send as many calls instead.',
  previous_response_id: STORED,
  conversation: STORED,
  background: 'Wait for the answer, or stream it.',
};

/**
 * What becomes of a client's extras in any other dialect.
 * @returns one warning each, for those without which the answer is still what the client asked for
 * @throws CallError `unsupported` for the others
 */
export function reportExtras(extras: Readonly<Record<string, Json>>, dialectTitle: string): string[] {
  return Object.entries(extras).map(([path, value]) => {
    if (changesTheAnswer(path, value)) throw withoutCounterpart(path, dialectTitle, remedyOf(path, value));
    return `${path}: not known to ${dialectTitle}`;
  });
}

/**
 * For dialects that do not tell how likely tokens were.
 * @throws CallError `unsupported` where a client, and not a stage of ours, wants to know
 */
export function refuseLogprobs({ logprobs }: Prompt, dialectTitle: string): void {
  if (logprobs && !logprobs.ifPossible) throw withoutCounterpart('logprobs', dialectTitle, LEAVE_OUT);
}

function withoutCounterpart(path: string, dialectTitle: string, remedy: string): CallError {
  return new CallError('unsupported', `${path} has no counterpart in ${dialectTitle}. ${remedy}`, {
    param: path,
  });
}

const LEAVE_OUT = 'Leave it out, or ask for a model whose provider speaks your API.';

function remedyOf(path: string, value: Json): string {
  if (isObject(value) && value['type'] === 'item_reference') return STORED;
  return REMEDIES[path] ?? LEAVE_OUT;
}

function changesTheAnswer(path: string, value: Json): boolean {
  if (WHOLE_ITEM.test(path)) return true;
  return SHAPE_CHANGING.has(path) && !asksForNothing(value);
}

/** `n: 1`, `logprobs: false`, `modalities: ["text"]` and the like ask for what everybody answers anyway. */
function asksForNothing(value: Json): boolean {
  if (value === null || value === false || value === 0 || value === 1 || value === '') return true;
  if (!Array.isArray(value)) return false;
  return value.every((item) => typeof item === 'string' && item.toLowerCase() === 'text');
}
