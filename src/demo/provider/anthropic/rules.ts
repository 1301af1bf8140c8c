import { isObject } from '../../../core/json.ts';
import type { Json } from '../../../core/json.ts';
import { refusal } from './refuse.ts';
import type { AnthropicBlock, AnthropicMessage, CountBody, MessagesBody } from './schema.ts';

/** What starts the signatures of thoughts that this simulated provider made itself. */
export const SIGNATURE = 'c2ltdWxhdGVkLWFudGhyb3BpYzo6';

const MOST_CACHE_MARKS = 4;

/** What the schema cannot say of a conversation. @throws Refusal 400 */
export function checkConversation(body: CountBody): void {
  const { messages } = body;
  if (messages[0]?.role !== 'user') throw refusal('messages: first message must use the "user" role');
  for (const [index, message] of messages.entries()) {
    const last = index === messages.length - 1;
    const blocks = blocksOf(message);
    if (blocks.length === 0 && !(last && message.role === 'assistant')) {
      throw refusal(
        `messages.${index}: all messages must have non-empty content except for the optional final assistant message`,
      );
    }
    checkSignatures(blocks, index);
    if (last && message.role === 'assistant' && /\s$/.test(textAtEnd(blocks))) {
      throw refusal('messages: final assistant content cannot end with trailing whitespace');
    }
  }
  checkToolTurns(messages);
  const marks = JSON.stringify([body.system, body.tools, messages]).match(/"cache_control":\{/g)?.length ?? 0;
  if (marks > MOST_CACHE_MARKS) {
    throw refusal(
      `A maximum of ${MOST_CACHE_MARKS} blocks with cache_control may be provided. Found ${marks}.`,
    );
  }
  checkToolNames(body);
}

/** What it cannot say of the parameters. @throws Refusal 400 */
export function checkParameters(body: MessagesBody): void {
  const { thinking, tool_choice: choice, temperature, top_p: topP } = body;
  if (temperature !== undefined && topP !== undefined) {
    throw refusal('`temperature` and `top_p` cannot both be specified for this model. Please use only one.');
  }
  if (thinking?.type === 'enabled') {
    if (thinking.budget_tokens >= body.max_tokens) {
      throw refusal('`max_tokens` must be greater than `thinking.budget_tokens`.');
    }
    if (temperature !== undefined && temperature !== 1) {
      throw refusal('`temperature` may only be set to 1 when thinking is enabled.');
    }
    if (choice?.type === 'any' || choice?.type === 'tool') {
      throw refusal('Thinking may not be enabled when tool_choice forces tool use.');
    }
    checkThinkingBeforeTools(body.messages);
  }
  const schema = body.output_config?.format?.schema;
  if (schema) checkOutputSchema(schema);
}

function blocksOf({ content }: AnthropicMessage): readonly AnthropicBlock[] {
  if (typeof content !== 'string') return content;
  return content === '' ? [] : [{ type: 'text', text: content }];
}

function textAtEnd(blocks: readonly AnthropicBlock[]): string {
  const end = blocks.at(-1);
  return end?.type === 'text' ? end.text : '';
}

function checkSignatures(blocks: readonly AnthropicBlock[], index: number): void {
  for (const [at, block] of blocks.entries()) {
    if (block.type !== 'thinking' || block.signature.startsWith(SIGNATURE)) continue;
    throw refusal(`messages.${index}.content.${at}: Invalid \`signature\` in \`thinking\` block`);
  }
}

/** Consecutive messages of one role count as one turn, as in the real API. */
function turnsOf(messages: readonly AnthropicMessage[]): { role: string; blocks: AnthropicBlock[] }[] {
  const turns: { role: string; blocks: AnthropicBlock[] }[] = [];
  for (const message of messages) {
    const open = turns.at(-1);
    if (open?.role === message.role) open.blocks.push(...blocksOf(message));
    else turns.push({ role: message.role, blocks: [...blocksOf(message)] });
  }
  return turns;
}

function checkToolTurns(messages: readonly AnthropicMessage[]): void {
  let open = new Set<string>();
  for (const [index, { role, blocks }] of turnsOf(messages).entries()) {
    if (role === 'user') {
      let talked = false;
      for (const [at, block] of blocks.entries()) {
        if (block.type !== 'tool_result') {
          talked = true;
          continue;
        }
        if (talked && open.size > 0) throw unanswered(open, index - 1);
        if (!open.delete(block.tool_use_id)) {
          throw refusal(
            `messages.${index}.content.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ` +
              `${block.tool_use_id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
          );
        }
      }
    }
    if (open.size > 0) throw unanswered(open, index - 1);
    const called = blocks.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
    open = new Set(called);
    if (open.size < called.length) throw refusal(`messages.${index}: \`tool_use\` ids must be unique`);
  }
  if (open.size > 0) throw unanswered(open, messages.length - 1);
}

function unanswered(open: ReadonlySet<string>, index: number): Error {
  return refusal(
    `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ` +
      `${[...open].join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
  );
}

function checkThinkingBeforeTools(messages: readonly AnthropicMessage[]): void {
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  const message = messages[last];
  const first = message && blocksOf(message).find(({ type }) => type !== 'text');
  if (first?.type !== 'tool_use') return;
  throw refusal(
    `messages.${last}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`tool_use\`. When \`thinking\` ` +
      'is enabled, a final `assistant` message must start with a thinking block.',
  );
}

function checkToolNames({ tools = [], tool_choice: choice }: CountBody): void {
  const names = tools.map(({ name }) => name);
  if (new Set(names).size < names.length) throw refusal('tools: Tool names must be unique.');
  if (choice?.type === 'tool' && !names.includes(choice.name)) {
    throw refusal(`Tool '${choice.name}' not found in provided tools`);
  }
  if (choice && tools.length === 0) {
    throw refusal('tool_choice: tool_choice may only be specified while providing tools');
  }
}

function checkOutputSchema(schema: Json | undefined): void {
  if (Array.isArray(schema)) schema.forEach(checkOutputSchema);
  if (!isObject(schema)) return;
  if (schema['type'] === 'object' && schema['additionalProperties'] !== false) {
    throw refusal(
      "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false",
    );
  }
  for (const name of ['minimum', 'maximum', 'multipleOf', 'minLength', 'maxLength', 'maxItems']) {
    if (name in schema && typeof schema[name] === 'number') {
      const type = typeof schema['type'] === 'string' ? schema['type'] : 'any';
      throw refusal(`output_config.format.schema: For '${type}' type, property '${name}' is not supported`);
    }
  }
  Object.values(schema).forEach(checkOutputSchema);
}
