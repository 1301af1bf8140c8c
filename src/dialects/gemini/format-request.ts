import type { OutputFormat, Prompt } from '../../core/content.ts';
import type { Formatted } from '../../core/dialect.ts';
import { compact, type JsonObject } from '../../core/json.ts';
import { jsonInstruction } from '../prompt/json-instruction.ts';
import { turnsOf } from '../prompt/turns.ts';
import { reportExtras } from '../wire/extras.ts';
import { collectWarnings, type Warnings } from '../wire/warnings.ts';
import { formatContents } from './format-contents.ts';
import { formatGenerationConfig } from './format-generation-config.ts';
import { formatToolConfig, formatTools } from './format-tools.ts';
import { type GeminiFeatures, geminiFeatures } from './gemini-features.ts';
import { TITLE } from './owner.ts';
import { resourceName } from './route.ts';

/** Model and streaming are said by the path. @throws CallError for what this API can neither be told nor do without */
export function formatRequest(prompt: Prompt, model: string): Formatted {
  const warnings = collectWarnings(reportExtras(prompt.extras, TITLE));
  const features = geminiFeatures(model);
  const { told, instruction } = tellableFormat(prompt, features, warnings);
  const body = compact({
    ...formatConversation(prompt, features, instruction, warnings),
    generationConfig: formatGenerationConfig({ ...prompt, format: told }, features, warnings),
    serviceTier: formatServiceTier(prompt.serviceTier, warnings),
  });
  if (prompt.user !== undefined) warnings.add(`user: ${TITLE} has no such parameter`);
  if (prompt.metadata) warnings.add(`metadata: ${TITLE} has no such parameter`);
  return { body, warnings: warnings.all() };
}

/** Counting takes the prompt alone, without what steers the answer. */
export function formatCountRequest(prompt: Prompt, model: string): Formatted {
  const warnings = collectWarnings(reportExtras(prompt.extras, TITLE));
  const conversation = compact(formatConversation(prompt, geminiFeatures(model), undefined, warnings));
  return {
    body: { generateContentRequest: { model: resourceName(model), ...conversation } },
    warnings: warnings.all(),
  };
}

function formatConversation(
  prompt: Prompt,
  features: GeminiFeatures,
  instruction: string | undefined,
  warnings: Warnings,
): Record<string, JsonObject | readonly JsonObject[] | undefined> {
  const { system, turns } = turnsOf(prompt.messages, TITLE, warnings);
  const systemParts = system.flatMap(({ text }) => (text === '' ? [] : [{ text }]));
  if (instruction !== undefined) systemParts.push({ text: instruction });
  if (usesCacheMarks(prompt))
    warnings.add(`cache marks: ${TITLE} has none, it caches long prompts by itself`);
  return {
    systemInstruction: systemParts.length > 0 ? { parts: systemParts } : undefined,
    contents: formatContents(turns, features, warnings),
    tools: formatTools(prompt.tools),
    toolConfig: formatToolConfig(prompt, warnings),
  };
}

/** Models before Gemini 3 refuse a JSON answer beside functions: then it is asked for in words. */
function tellableFormat(
  { format, tools }: Prompt,
  features: GeminiFeatures,
  warnings: Warnings,
): { readonly told: OutputFormat; readonly instruction?: string } {
  if (format.kind === 'text' || tools.length === 0 || features.mixesToolsAndJson) return { told: format };
  warnings.add(
    `response format: this model of ${TITLE} takes none beside tools, so it is asked for in words`,
  );
  return { told: { kind: 'text' }, instruction: jsonInstruction(format) };
}

function usesCacheMarks({ messages, tools }: Prompt): boolean {
  return (
    tools.some((tool) => tool.cache !== undefined) ||
    messages.some(({ content }) => content.some((piece) => 'cache' in piece && piece.cache !== undefined))
  );
}

function formatServiceTier(tier: string | undefined, warnings: Warnings): string | undefined {
  if (tier === undefined || tier === 'auto') return undefined;
  if (tier === 'default' || tier === 'standard') return 'standard';
  if (tier === 'flex' || tier === 'priority') return tier;
  warnings.add(`service_tier: ${TITLE} has no tier called ${tier}`);
  return undefined;
}
