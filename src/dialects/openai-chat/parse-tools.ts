import type { Tool, ToolChoice } from '../../core/content.ts';
import { isObject } from '../../core/json.ts';
import { parseFunctionTool } from '../openai/function-tool.ts';
import type { ExtrasCollector } from '../wire/collect-extras.ts';
import type { Fields } from '../wire/fields.ts';

/** `tools`, and the older `functions`. Custom and hosted tools become extras. */
export function parseTools(body: Fields, extras: ExtrasCollector): Tool[] {
  const tools = body.items('tools').flatMap((item) => {
    if (item.string('type') !== 'function') {
      extras.keep(item.path, item.whole());
      return [];
    }
    const described = item.object('function');
    const tool = { ...parseFunctionTool(described), ...cacheOf(item) };
    extras.keepRest(described);
    extras.keepRest(item);
    return [tool];
  });
  const functions = body.items('functions').map((item) => {
    const tool = parseFunctionTool(item);
    extras.keepRest(item);
    return tool;
  });
  return [...tools, ...functions];
}

function cacheOf(item: Fields): Pick<Tool, 'cache'> {
  const control = item.optionalJsonObject('cache_control');
  return control ? { cache: control['ttl'] === '1h' ? '1h' : '5m' } : {};
}

export function parseToolChoice(body: Fields, extras: ExtrasCollector): ToolChoice | undefined {
  const choice = body.json('tool_choice') ?? body.json('function_call');
  if (choice === undefined) return undefined;
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { kind: choice };
  if (isObject(choice)) {
    const described = isObject(choice['function']) ? choice['function'] : choice;
    const name = described['name'];
    const isFunction = choice['type'] === 'function' || choice['type'] === undefined;
    if (isFunction && typeof name === 'string') return { kind: 'tool', name };
    if (!isFunction) {
      extras.keep('tool_choice', choice);
      return undefined;
    }
  }
  throw body.wrong('tool_choice', '"auto", "none", "required" or the name of a function');
}
