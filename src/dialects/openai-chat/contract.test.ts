import type { Answer } from '../../core/answer.ts';
import type { Message, Prompt } from '../../core/content.ts';
import { dialectContract } from '../dialect.contract.ts';
import { jsonFixture, streamFixture } from './fixtures.contract.ts';
import { openaiChat } from './index.ts';

dialectContract({
  dialect: openaiChat,
  route: () => ({ operation: 'generate' }),
  clientBody: { stream: true, stream_options: { include_usage: true } },
  carriedPrompt,
  carriedAnswer,
  carriedStream,
  samples: {
    requests: [
      jsonFixture('request-everything.json'),
      { model: 'm', messages: [{ role: 'user', content: 'Hi' }] },
    ],
    responses: [jsonFixture('response-tools.json'), jsonFixture('response-reasoning-server.json')],
    streams: [
      streamFixture('stream-parallel-tools.sse'),
      streamFixture('stream-odd-server.sse'),
      streamFixture('stream-finish-in-last-delta.sse'),
    ],
    errors: [
      '{"error":{"message":"Bad","type":"invalid_request_error","param":"n","code":null}}',
      '{"object":"error","message":"Bad","type":"BadRequestError","param":null,"code":400}',
      '{"detail":[{"loc":["body"],"msg":"field required"}]}',
    ],
  },
});

/** Chat completions know neither top_k, nor metadata (without storage), nor a switch for visible reasoning. */
function carriedPrompt(prompt: Prompt): Prompt {
  const { metadata: _, reasoning, ...rest } = prompt;
  const { topK: __, ...sampling } = prompt.sampling;
  const effort = reasoning?.effort;
  return {
    ...rest,
    sampling,
    messages: prompt.messages.map(textFirst),
    ...(effort && { reasoning: { effort } }),
  };
}

/** Text of an assistant stands before its tool calls. */
function textFirst(message: Message): Message {
  if (message.role !== 'assistant') return message;
  const calls = message.content.filter((block) => block.type === 'tool-call');
  return {
    ...message,
    content: [...message.content.filter((block) => block.type !== 'tool-call'), ...calls],
  };
}

/** One text, one line of thought without its proof, and the calls, of which the signature stays. */
function carriedAnswer(answer: Answer): Answer {
  const joined = (type: 'text' | 'reasoning'): Answer['content'] => {
    const text = answer.content.map((block) => (block.type === type ? block.text : '')).join('');
    return text === '' ? [] : [{ type, text }];
  };
  const calls = answer.content.filter((block) => block.type === 'tool-call');
  return { ...answer, content: [...joined('reasoning'), ...joined('text'), ...calls] };
}

/** A stream keeps the order; texts in a row are one. */
function carriedStream(answer: Answer): Answer {
  const content: Answer['content'][number][] = [];
  for (const block of answer.content) {
    const last = content.at(-1);
    if (block.type === 'text' && last?.type === 'text')
      content[content.length - 1] = { type: 'text', text: last.text + block.text };
    else content.push(block.type === 'reasoning' ? { type: 'reasoning', text: block.text } : block);
  }
  return { ...answer, content };
}
