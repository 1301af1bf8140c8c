import type { Prompt, TextContent } from '../../core/content.ts';
import { jsonInstruction } from '../prompt/json-instruction.ts';
import { type DialectCase, dialectContract } from '../dialect.contract.ts';
import { jsonFixture, streamFixture } from './fixtures.contract.ts';
import { DEFAULT_MAX_TOKENS } from './format-reasoning.ts';
import { anthropic } from './index.ts';

const JSON_INSTRUCTION: TextContent = {
  type: 'text',
  text: jsonInstruction({ kind: 'json' }),
};

function isVisible(content: { readonly type: string; readonly text?: string }): boolean {
  return content.type !== 'text' || content.text?.trim() !== '';
}

function carriedMessages(prompt: Prompt): Prompt['messages'] {
  const messages = prompt.messages.flatMap((message): Prompt['messages'] => {
    if (message.role === 'user') {
      const content = message.content
        .filter(isVisible)
        .map((block) =>
          block.type === 'tool-result' ? { ...block, content: block.content.filter(isVisible) } : block,
        );
      return content.length > 0 ? [{ ...message, content }] : [];
    }
    const content = message.content.filter(isVisible);
    return content.length > 0 ? [{ ...message, content } as Prompt['messages'][number]] : [];
  });
  if (prompt.format.kind !== 'json') return messages;
  return [{ role: 'system', content: [JSON_INSTRUCTION] }, ...messages].toSorted(
    (a, b) => Number(b.role === 'system') - Number(a.role === 'system'),
  ) as Prompt['messages'];
}

function systemBeforeInstruction(messages: Prompt['messages']): Prompt['messages'] {
  const system = messages.flatMap((message) => (message.role === 'system' ? message.content : []));
  const rest = messages.filter((message) => message.role !== 'system');
  const ordered = [
    ...system.filter((content) => content !== JSON_INSTRUCTION),
    ...system.filter((content) => content === JSON_INSTRUCTION),
  ];
  return ordered.length > 0 ? [{ role: 'system', content: ordered }, ...rest] : rest;
}

function carriedReasoning(prompt: Prompt, isForced: boolean): Prompt['reasoning'] {
  const { reasoning } = prompt;
  if (!reasoning) return undefined;
  const { effort, visible } = reasoning;
  if (effort === 'none') return { effort };
  return {
    ...(effort && { effort: effort === 'minimal' ? 'low' : effort }),
    ...(visible !== undefined && !isForced && { visible }),
  };
}

function carriedSampling(sampling: Prompt['sampling'], isThinking: boolean): Prompt['sampling'] {
  const { temperature, topP, topK, stop, maxOutputTokens = DEFAULT_MAX_TOKENS } = sampling;
  const visibleStop = stop?.filter((sequence) => sequence.trim() !== '') ?? [];
  return {
    maxOutputTokens,
    ...(temperature !== undefined && (!isThinking || temperature === 1) && { temperature }),
    ...(topP !== undefined && (!isThinking || topP >= 0.95) && { topP }),
    ...(topK !== undefined && !isThinking && { topK }),
    ...(visibleStop.length > 0 && { stop: visibleStop }),
  };
}

/** Seed, penalties, metadata and names of schemas are left out, JSON mode becomes an instruction. */
function carriedPrompt(prompt: Prompt): Prompt {
  const { metadata: _, parallelToolCalls, reasoning: __, ...rest } = prompt;
  const isForced = prompt.toolChoice?.kind === 'required' || prompt.toolChoice?.kind === 'tool';
  const reasoning = carriedReasoning(prompt, isForced);
  const isThinking = reasoning !== undefined && reasoning.effort !== 'none' && !isForced;
  return {
    ...rest,
    messages: systemBeforeInstruction(carriedMessages(prompt)),
    sampling: carriedSampling(prompt.sampling, isThinking),
    format:
      prompt.format.kind === 'json-schema'
        ? { kind: 'json-schema', name: 'answer', schema: prompt.format.schema, strict: true }
        : { kind: 'text' },
    ...(parallelToolCalls !== undefined && prompt.toolChoice?.kind !== 'none' && { parallelToolCalls }),
    ...(reasoning && { reasoning }),
  };
}

const anthropicCase: DialectCase = {
  dialect: anthropic,
  route: () => ({ operation: 'generate' }),
  clientBody: { model: 'some-model', max_tokens: 10, stream: true, messages: [] },
  carriedPrompt,
  // The client is told the model it asked for; a call's signature has no place here, and Gemini can do without.
  carriedAnswer: (answer) => ({
    ...answer,
    content: answer.content.map((block) => {
      if (block.type !== 'tool-call') return block;
      const { signature: _, ...call } = block;
      return call;
    }),
    usage: answer.usage && { ...answer.usage, model: 'some-model' },
  }),
  samples: {
    requests: [jsonFixture('request-agent.json')],
    responses: [jsonFixture('response-agent.json')],
    streams: [streamFixture('stream-agent.sse')],
    errors: [
      '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_01"}',
      '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}',
    ],
  },
};

dialectContract(anthropicCase);
