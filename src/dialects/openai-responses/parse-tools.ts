import type { Tool, ToolChoice } from '../../core/content.ts';
import { isObject } from '../../core/json.ts';
import { parseFunctionTool } from '../openai/function-tool.ts';
import type { ExtrasCollector } from '../wire/collect-extras.ts';
import type { Fields } from '../wire/fields.ts';

/** Functions; custom and hosted tools become extras. */
export function parseTools(body: Fields, extras: ExtrasCollector): Tool[] {
  return body.items('tools').flatMap((item) => {
    if (item.string('type') !== 'function') {
      extras.keep(item.path, item.whole());
      return [];
    }
    const tool = parseFunctionTool(item);
    extras.keepRest(item);
    return [tool];
  });
}

export function parseToolChoice(body: Fields, extras: ExtrasCollector): ToolChoice | undefined {
  const choice = body.json('tool_choice');
  if (choice === undefined) return undefined;
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { kind: choice };
  if (!isObject(choice)) throw body.wrong('tool_choice', '"auto", "none", "required" or a choice of tools');
  if (choice['type'] === 'function') return { kind: 'tool', name: body.object('tool_choice').string('name') };
  extras.keep('tool_choice', choice);
  return undefined;
}
