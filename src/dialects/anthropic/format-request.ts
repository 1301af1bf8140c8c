import type { Prompt } from '../../core/content.ts';
import type { Formatted } from '../../core/dialect.ts';
import { compact } from '../../core/json.ts';
import { turnsOf } from '../prompt/turns.ts';
import { refuseLogprobs, reportExtras } from '../wire/extras.ts';
import { collectWarnings, type Warnings } from '../wire/warnings.ts';
import { claudeFeatures } from './claude-features.ts';
import { formatMessages, formatSystem } from './format-messages.ts';
import { formatOutput } from './format-output.ts';
import { planThinking } from './format-reasoning.ts';
import { formatSampling } from './format-sampling.ts';
import { formatToolChoice, formatTools } from './format-tools.ts';
import { TITLE } from './owner.ts';

/** @throws CallError for what this API can neither be told nor do without */
export function formatRequest(prompt: Prompt, model: string, stream: boolean): Formatted {
  refuseLogprobs(prompt, TITLE);
  const { body, warnings } = formatPrompt(prompt, model);
  return { body: stream ? { ...body, stream } : body, warnings };
}

/** Counting takes the prompt alone, without what steers the answer. */
export function formatCountRequest(prompt: Prompt, model: string): Formatted {
  const { body, warnings } = formatPrompt(
    { ...prompt, sampling: { maxOutputTokens: claudeFeatures(model).mostOutputTokens } },
    model,
  );
  const { messages, system, tools, tool_choice, thinking, output_config } = body;
  return {
    body: compact({ model, messages, system, tools, tool_choice, thinking, output_config }),
    warnings,
  };
}

function formatPrompt(prompt: Prompt, model: string): Formatted {
  const features = claudeFeatures(model);
  const warnings = collectWarnings(reportExtras(prompt.extras, TITLE));
  if (prompt.metadata) warnings.add(`metadata: ${TITLE} has no such parameter`);
  const { system, turns } = turnsOf(prompt.messages, TITLE, warnings);
  const messages = formatMessages(turns, warnings);
  const output = formatOutput(prompt.format, features, warnings);
  const tools = formatTools(prompt.tools, features, warnings);
  const toolChoice = formatToolChoice(prompt, features, warnings);
  const plan = planThinking(prompt, features, turns, warnings);
  const outputConfig = compact({ effort: plan.effort, format: output.format });
  const body = compact({
    model,
    max_tokens: plan.maxTokens,
    system: formatSystem(system, output.instruction, warnings),
    messages,
    tools: tools.length > 0 ? tools : undefined,
    tool_choice: toolChoice,
    thinking: plan.thinking,
    output_config: Object.keys(outputConfig).length > 0 ? outputConfig : undefined,
    ...formatSampling(prompt.sampling, features, plan.isThinking, warnings),
    service_tier: formatServiceTier(prompt.serviceTier, warnings),
    metadata: prompt.user === undefined ? undefined : { user_id: prompt.user },
  });
  return { body, warnings: warnings.all() };
}

/** `auto` takes committed priority capacity where there is any. */
function formatServiceTier(tier: string | undefined, warnings: Warnings): string | undefined {
  if (tier === undefined || tier === 'auto') return tier;
  if (tier === 'default' || tier === 'standard') return 'standard_only';
  if (tier === 'priority') return 'auto';
  warnings.add(`service_tier: ${TITLE} has no tier called ${tier}`);
  return undefined;
}
