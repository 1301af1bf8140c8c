import type { OutputFormat, Prompt, Reasoning, Tool, ToolChoice } from '../../core/content.ts';
import type { Formatted } from '../../core/dialect.ts';
import { compact, type Json, type JsonObject } from '../../core/json.ts';
import { formatEffort } from '../openai/format-effort.ts';
import { formatServiceTier } from '../openai/format-service-tier.ts';
import { formatFunctionTool } from '../openai/function-tool.ts';
import { formatJsonSchemaFormat } from '../openai/json-schema-format.ts';
import { shortUser } from '../openai/short-names.ts';
import { reportExtras } from '../wire/extras.ts';
import { collectWarnings, type Warnings } from '../wire/warnings.ts';
import { formatInput } from './format-input.ts';
import { TOKEN_LOGPROBS } from './include.ts';

const UNKNOWN = {
  topK: 'top_k',
  stop: 'stop',
  seed: 'seed',
  frequencyPenalty: 'frequency_penalty',
  presencePenalty: 'presence_penalty',
} as const;

/**
 * A body for OpenAI. The answer is not stored there, for the client did not ask for that; thoughts come encrypted, so
 * that the client can bring them back.
 * @throws CallError `unsupported` for what would change the answer's shape or leave part of the question out
 */
export function formatRequest(prompt: Prompt, model: string, stream: boolean): Formatted {
  const warnings = collectWarnings(reportExtras(prompt.extras, 'the Responses API'));
  const { sampling, tools } = prompt;
  for (const [key, name] of Object.entries(UNKNOWN))
    if (key in sampling) warnings.add(`${name}: the Responses API has no such parameter`);
  if (tools.some((tool) => tool.cache)) warnings.add('cache marks: OpenAI decides by itself what it caches');
  const hasTools = tools.length > 0;
  const reasoning = formatReasoning(prompt.reasoning, warnings);
  const body = compact({
    model,
    input: formatInput(prompt.messages, warnings),
    tools: hasTools ? tools.map(formatTool) : undefined,
    tool_choice: hasTools ? formatToolChoice(prompt.toolChoice) : undefined,
    parallel_tool_calls: hasTools ? prompt.parallelToolCalls : undefined,
    max_output_tokens: sampling.maxOutputTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    text: formatText(prompt.format),
    reasoning,
    include: formatInclude(reasoning, prompt.logprobs),
    top_logprobs: prompt.logprobs?.top || undefined,
    service_tier: formatServiceTier(prompt.serviceTier, warnings),
    prompt_cache_key: prompt.cacheKey,
    user: shortUser(prompt.user, warnings),
    metadata: prompt.metadata,
    store: false,
    ...(stream && { stream: true }),
  });
  return { body, warnings: warnings.all() };
}

function formatInclude(
  reasoning: JsonObject | undefined,
  logprobs: Prompt['logprobs'],
): string[] | undefined {
  const include = [
    ...(reasoning ? ['reasoning.encrypted_content'] : []),
    ...(logprobs ? [TOKEN_LOGPROBS] : []),
  ];
  return include.length > 0 ? include : undefined;
}

/** Here functions are strict unless one says otherwise. */
function formatTool(tool: Tool): JsonObject {
  return { type: 'function', ...formatFunctionTool({ ...tool, strict: tool.strict ?? false }) };
}

function formatToolChoice(choice: ToolChoice | undefined): Json | undefined {
  return choice?.kind === 'tool' ? { type: 'function', name: choice.name } : choice?.kind;
}

function formatText(format: OutputFormat): JsonObject | undefined {
  switch (format.kind) {
    case 'text':
      return undefined;
    case 'json':
      return { format: { type: 'json_object' } };
    case 'json-schema':
      return { format: { type: 'json_schema', ...formatJsonSchemaFormat(format) } };
  }
}

function formatReasoning(reasoning: Reasoning | undefined, warnings: Warnings): JsonObject | undefined {
  const effort = formatEffort(reasoning, warnings);
  const summary = reasoning?.visible ? 'auto' : undefined;
  return effort || summary ? compact({ effort, summary }) : undefined;
}
