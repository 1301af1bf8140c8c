import type { Prompt, Tool } from '../../core/content.ts';
import { compact, type JsonObject } from '../../core/json.ts';
import type { Warnings } from '../wire/warnings.ts';
import type { ClaudeFeatures } from './claude-features.ts';
import { cacheControl } from './format-cache-mark.ts';
import { TITLE } from './owner.ts';
import { strictSchema } from './strict-schema.ts';

export function formatTools(
  tools: readonly Tool[],
  features: ClaudeFeatures,
  warnings: Warnings,
): JsonObject[] {
  if (!features.hasSchemas && tools.some((tool) => tool.strict))
    warnings.add('tools.strict: this model does not enforce schemas');
  return tools.map((tool) => {
    const strict = features.hasSchemas ? tool.strict : undefined;
    return compact({
      name: tool.name,
      description: tool.description,
      // The API insists on the type, which other APIs take for granted.
      input_schema: {
        type: 'object',
        ...(strict ? strictSchema(tool.parameters, `tools.${tool.name}`, warnings) : tool.parameters),
      },
      strict,
      cache_control: cacheControl(tool.cache),
    });
  });
}

export function formatToolChoice(
  prompt: Prompt,
  features: ClaudeFeatures,
  warnings: Warnings,
): JsonObject | undefined {
  if (prompt.tools.length === 0) return undefined;
  const serial = prompt.parallelToolCalls === false ? { disable_parallel_tool_use: true } : {};
  const choice = prompt.toolChoice ?? { kind: 'auto' };
  if (choice.kind === 'none') {
    if (prompt.parallelToolCalls === false)
      warnings.add('parallel_tool_calls: without meaning where no tool may be called');
    return { type: 'none' };
  }
  const isForced = choice.kind === 'required' || choice.kind === 'tool';
  if (isForced && !features.takesForcedTools) {
    warnings.add(`tool_choice: this model of ${TITLE} cannot be made to call a tool; it decides itself`);
    return { type: 'auto', ...serial };
  }
  if (choice.kind === 'required') return { type: 'any', ...serial };
  if (choice.kind === 'tool') return { type: 'tool', name: choice.name, ...serial };
  return prompt.toolChoice || prompt.parallelToolCalls === false ? { type: 'auto', ...serial } : undefined;
}
