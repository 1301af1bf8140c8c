import Anthropic from '@anthropic-ai/sdk';
import { thrownBy } from '../driver.ts';
import type { ClientDriver, Connection, Failure, Question, Reply, Tool } from '../driver.ts';

type Params = Anthropic.MessageCreateParamsNonStreaming;

export function anthropicClient({ origin, key, headers }: Connection): Anthropic {
  return new Anthropic({
    baseURL: origin,
    apiKey: key,
    authToken: null,
    maxRetries: 0,
    ...(headers && { defaultHeaders: { ...headers } }),
  });
}

export const anthropic: ClientDriver = {
  name: 'anthropic',
  dialect: 'anthropic',
  native: ['anthropic'],
  finish: { stop: 'end_turn', length: 'max_tokens', 'tool-calls': 'tool_use' },
  usage: (usage) => ({
    input_tokens: usage.input,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation_input_tokens: usage.cacheWrite5m + usage.cacheWrite1h,
    output_tokens: usage.output,
  }),

  async plain(to, question) {
    return replyOf(await anthropicClient(to).messages.create(params(question)));
  },

  async streamed(to, question) {
    const stream = anthropicClient(to).messages.stream(params(question));
    let text = '';
    let pieces = 0;
    for await (const event of stream) {
      if (event.type !== 'content_block_delta' || event.delta.type !== 'text_delta') continue;
      text += event.delta.text;
      pieces += 1;
    }
    return { ...replyOf(await stream.finalMessage()), text, pieces };
  },

  async toolRound(to, question, tools, execute, stream) {
    const client = anthropicClient(to);
    const first = { ...params(question), tools: tools.map(toolParam) };
    const asked = await message(client, first, stream);
    const results = asked.content.flatMap((block): Anthropic.ToolResultBlockParam[] => {
      if (block.type !== 'tool_use') return [];
      const content = execute({ name: block.name, arguments: block.input });
      return [{ type: 'tool_result', tool_use_id: block.id, content }];
    });
    const history: Anthropic.MessageParam[] = [
      ...first.messages,
      { role: 'assistant', content: asked.content as Anthropic.ContentBlockParam[] },
      { role: 'user', content: results },
    ];
    const answered = await message(client, { ...first, messages: history }, stream);
    return { asked: replyOf(asked), answered: replyOf(answered) };
  },

  async structured(to, question, schema) {
    const parsed = await anthropicClient(to).messages.create({
      ...params(question),
      output_config: { format: { type: 'json_schema', schema } },
    });
    return replyOf(parsed);
  },

  async failure(to, question) {
    return failureOf(await thrownBy(() => anthropicClient(to).messages.create(params(question))));
  },

  async abort(to, question) {
    const stream = await anthropicClient(to).messages.create({ ...params(question), stream: true });
    let pieces = 0;
    for await (const event of stream) {
      if (event.type !== 'content_block_delta') continue;
      pieces += 1;
      stream.controller.abort();
    }
    return pieces;
  },
};

function params({ model, system, text, image, maxTokens = 1000 }: Question): Params {
  const content: Anthropic.ContentBlockParam[] = [
    { type: 'text', text },
    ...(image
      ? [
          {
            type: 'image' as const,
            source: { type: 'base64' as const, media_type: image.mediaType, data: image.base64 },
          },
        ]
      : []),
  ];
  return {
    model,
    max_tokens: maxTokens,
    messages: [{ role: 'user', content: image ? content : text }],
    ...(system && { system }),
  };
}

function toolParam({ name, description, parameters }: Tool): Anthropic.Tool {
  return { name, description, input_schema: parameters as unknown as Anthropic.Tool.InputSchema };
}

async function message(client: Anthropic, body: Params, stream: boolean): Promise<Anthropic.Message> {
  return stream ? client.messages.stream(body).finalMessage() : client.messages.create(body);
}

function replyOf({ content, stop_reason, usage }: Anthropic.Message): Reply {
  return {
    text: content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join(''),
    finish: stop_reason,
    usage,
    calls: content.flatMap((block) =>
      block.type === 'tool_use' ? [{ name: block.name, arguments: block.input }] : [],
    ),
  };
}

const CLASSES: Readonly<Record<number, new (...args: never[]) => Error>> = {
  400: Anthropic.BadRequestError,
  401: Anthropic.AuthenticationError,
  404: Anthropic.NotFoundError,
  429: Anthropic.RateLimitError,
  500: Anthropic.InternalServerError,
  502: Anthropic.InternalServerError,
};

function failureOf(error: unknown): Failure {
  if (!(error instanceof Anthropic.APIError)) throw error;
  const status = error.status as number | undefined;
  const expected = CLASSES[status ?? 0];
  return { status, typed: expected !== undefined && error instanceof expected, message: error.message };
}
