import type { Answer, AnswerContent } from '../../core/answer.ts';
import type { Message, Prompt } from '../../core/content.ts';
import { type DialectCase, dialectContract } from '../dialect.contract.ts';
import { LEVELS } from './effort-table.ts';
import { jsonFixture, streamFixture } from './fixtures.contract.ts';
import { gemini } from './index.ts';
import { mediaTypeOfUrl } from './media-type-of-url.ts';

type Content = Message['content'][number];

/** Files lose their names, and a URL's type is read off its ending. */
function carriedContent(content: Content): Content {
  if (content.type !== 'media') return content;
  const { filename: _, ...media } = content;
  if (media.source.kind !== 'url') return media;
  return { ...media, mediaType: mediaTypeOfUrl(media.source.url) ?? media.mediaType };
}

function carriedReasoning(reasoning: Prompt['reasoning']): Prompt['reasoning'] {
  if (!reasoning) return undefined;
  const { effort, visible } = reasoning;
  const level = effort && (LEVELS[effort].toLowerCase() as NonNullable<typeof effort>);
  return { ...(level && { effort: level }), ...(visible !== undefined && { visible }) };
}

function carriedPrompt(prompt: Prompt): Prompt {
  const { user: _, metadata: __, parallelToolCalls: ___, reasoning: asked, ...rest } = prompt;
  const reasoning = carriedReasoning(asked);
  return {
    ...rest,
    messages: prompt.messages.map(
      (message) => ({ ...message, content: message.content.map(carriedContent) }) as Message,
    ),
    tools: prompt.tools.map(({ strict: _strict, ...tool }) => tool),
    format:
      prompt.format.kind === 'json-schema'
        ? { kind: 'json-schema', name: 'answer', schema: prompt.format.schema, strict: true }
        : prompt.format,
    ...(reasoning && { reasoning }),
  };
}

/** Texts in a row are one: only a stream's pieces could tell them apart. The client is told the model it asked for. */
function carriedAnswer(answer: Answer): Answer {
  const content: AnswerContent[] = [];
  for (const block of answer.content) {
    const last = content.at(-1);
    if (last?.type === 'text' && block.type === 'text')
      content[content.length - 1] = { ...last, text: last.text + block.text };
    else content.push(block);
  }
  return { ...answer, content, usage: answer.usage && { ...answer.usage, model: 'some-model' } };
}

const geminiCase: DialectCase = {
  dialect: gemini,
  route: (stream) => ({ operation: 'generate', model: 'some-model', stream, framing: 'sse' }),
  clientBody: { contents: [] },
  carriedPrompt,
  carriedAnswer,
  samples: {
    requests: [jsonFixture('request-agent.json'), jsonFixture('request-snake-case.json')],
    responses: [jsonFixture('response-agent.json')],
    streams: [streamFixture('stream-agent.sse'), streamFixture('stream-blocked.json')],
    errors: [
      '{"error":{"code":429,"message":"Quota exceeded.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"17s"}]}}',
      '{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}',
    ],
  },
};

dialectContract(geminiCase);
