import type { JsonObject } from '../../core/json.ts';
import { didYouMean } from '../../core/nearest.ts';
import { unsupported } from './api-error.ts';

export type Api = 'chat' | 'completion';

/** Read by both APIs. */
const COMMON = words(`model stream stream_options n seed stop temperature top_p top_k min_p frequency_penalty
  presence_penalty repetition_penalty max_tokens ignore_eos logprobs return_token_ids`);
const OF_API: Readonly<Record<Api, readonly string[]>> = {
  chat: words(
    `messages max_completion_tokens top_logprobs tools tool_choice response_format parallel_tool_calls`,
  ),
  completion: words(`prompt echo best_of`),
};

/** Change nothing about the answer's text, so an engine without accounts, caches or tiers can leave them out. */
const IGNORED =
  words(`user metadata store service_tier safety_identifier prompt_cache_key prompt_cache_retention
  reasoning_effort verbosity prediction`);

/** Ask for something that would be missing from the answer. The values that ask for nothing are accepted. */
const REFUSED: Readonly<Record<string, { readonly why: string; readonly harmless: readonly string[] }>> = {
  logit_bias: { why: 'token biases are not supported', harmless: ['{}'] },
  suffix: { why: 'the engine does not fill in the middle', harmless: ['""'] },
  functions: { why: 'use "tools" instead', harmless: ['[]'] },
  function_call: { why: 'use "tool_choice" instead', harmless: ['"none"', '"auto"'] },
  audio: { why: 'the engine speaks text only', harmless: [] },
  modalities: { why: 'the engine speaks text only', harmless: ['["text"]'] },
  web_search_options: { why: 'the engine has no web search', harmless: [] },
};

/**
 * Refuses what the engine does not do. Returns the names of parameters that are left out without harm.
 * @throws ApiError for parameters that are refused or not known
 */
export function checkParameters(body: JsonObject, api: Api): readonly string[] {
  const known = [...COMMON, ...OF_API[api]];
  const ignored: string[] = [];
  for (const [name, value] of Object.entries(body)) {
    if (known.includes(name) || value === null || value === undefined) continue;
    const refused = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
    if (refused) {
      if (!refused.harmless.includes(JSON.stringify(value)))
        throw unsupported(name, `${name}: ${refused.why}.`);
    } else if (IGNORED.includes(name)) ignored.push(name);
    else {
      const shown = JSON.stringify(name.slice(0, 100));
      throw unsupported(
        name.slice(0, 100),
        `There is no parameter ${shown}. ${didYouMean(name, known)}`.trim(),
      );
    }
  }
  return ignored;
}

function words(text: string): readonly string[] {
  return text.split(/\s+/);
}
