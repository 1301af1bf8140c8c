import type { OutputFormat, Prompt, ToolChoice } from '../../core/content.ts';
import type { Formatted } from '../../core/dialect.ts';
import { compact, type Json, type JsonObject } from '../../core/json.ts';
import { formatEffort } from '../openai/format-effort.ts';
import { formatServiceTier } from '../openai/format-service-tier.ts';
import { formatFunctionTool } from '../openai/function-tool.ts';
import { formatJsonSchemaFormat } from '../openai/json-schema-format.ts';
import { shortUser } from '../openai/short-names.ts';
import { reportExtras } from '../wire/extras.ts';
import { collectWarnings } from '../wire/warnings.ts';
import { formatMessages } from './format-messages.ts';

/**
 * A body for OpenAI and for the servers that imitate it. Of the two names for the longest answer the newer one is
 * written: OpenAI's reasoning models refuse `max_tokens`, and vLLM, SGLang, llama.cpp and Ollama know both.
 * @throws CallError `unsupported` for what would change the answer's shape or leave part of the question out
 */
export function formatRequest(prompt: Prompt, model: string, stream: boolean): Formatted {
  const warnings = collectWarnings(reportExtras(prompt.extras, 'chat completions'));
  const { sampling, tools } = prompt;
  if (sampling.topK !== undefined) warnings.add('top_k: OpenAI has no such parameter');
  if (prompt.reasoning?.visible) warnings.add('visible reasoning: chat completions have no switch for it');
  // OpenAI refuses metadata here unless the answer is stored there, which nobody asked for.
  if (prompt.metadata) warnings.add('metadata: chat completions take it only with stored answers');
  const hasTools = tools.length > 0;
  if (tools.some((tool) => tool.cache))
    warnings.add('cache marks: the server decides by itself what it caches');
  const body = compact({
    model,
    messages: formatMessages(prompt.messages, warnings),
    tools: hasTools
      ? tools.map((tool) => ({ type: 'function', function: formatFunctionTool(tool) }))
      : undefined,
    tool_choice: hasTools ? formatToolChoice(prompt.toolChoice) : undefined,
    parallel_tool_calls: hasTools ? prompt.parallelToolCalls : undefined,
    max_completion_tokens: sampling.maxOutputTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    stop: sampling.stop,
    seed: sampling.seed,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
    response_format: formatOutputFormat(prompt.format),
    reasoning_effort: formatEffort(prompt.reasoning, warnings),
    logprobs: prompt.logprobs && true,
    top_logprobs: prompt.logprobs?.top || undefined,
    service_tier: formatServiceTier(prompt.serviceTier, warnings),
    prompt_cache_key: prompt.cacheKey,
    user: shortUser(prompt.user, warnings),
    ...(stream && { stream: true, stream_options: { include_usage: true } }),
  });
  return { body, warnings: warnings.all() };
}

function formatToolChoice(choice: ToolChoice | undefined): Json | undefined {
  if (choice?.kind === 'tool') return { type: 'function', function: { name: choice.name } };
  return choice?.kind;
}

function formatOutputFormat(format: OutputFormat): JsonObject | undefined {
  switch (format.kind) {
    case 'text':
      return undefined;
    case 'json':
      return { type: 'json_object' };
    case 'json-schema':
      return { type: 'json_schema', json_schema: formatJsonSchemaFormat(format) };
  }
}
