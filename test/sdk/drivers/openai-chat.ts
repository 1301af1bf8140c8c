import type OpenAI from 'openai';
import { promptTokens } from '../../../src/core/usage.ts';
import { thrownBy } from '../driver.ts';
import type { ClientDriver, Question, Reply, Tool } from '../driver.ts';
import { openAiFailure, openAiClient } from './openai-client.ts';

type Params = OpenAI.ChatCompletionCreateParamsNonStreaming;

export const openAiChat: ClientDriver = {
  name: 'openai, chat completions',
  dialect: 'openai-chat',
  native: ['openai', 'openai-compatible'],
  finish: { stop: 'stop', length: 'length', 'tool-calls': 'tool_calls' },
  usage: (usage) => ({
    prompt_tokens: promptTokens(usage),
    completion_tokens: usage.output,
    total_tokens: promptTokens(usage) + usage.output,
  }),

  async plain(to, question) {
    return replyOf(await openAiClient(to).chat.completions.create(params(question)));
  },

  async streamed(to, question) {
    const stream = await openAiClient(to).chat.completions.create({
      ...params(question),
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let pieces = 0;
    let finish: string | null = null;
    let usage: unknown;
    for await (const chunk of stream) {
      const choice = chunk.choices[0];
      if (choice?.delta.content) {
        text += choice.delta.content;
        pieces += 1;
      }
      finish = choice?.finish_reason ?? finish;
      usage = chunk.usage ?? usage;
    }
    return { text, finish, usage, pieces, calls: [] };
  },

  async toolRound(to, question, tools, execute, stream) {
    const client = openAiClient(to);
    const first = { ...params(question), tools: tools.map(toolParam) };
    const asked = await completion(client, first, stream);
    const message = asked.choices[0]!.message;
    const results = (message.tool_calls ?? []).map((call): OpenAI.ChatCompletionMessageParam => {
      if (call.type !== 'function') throw new Error(`unexpected tool call of type ${call.type}`);
      const { name, arguments: args } = call.function;
      const content = execute({ name, arguments: JSON.parse(args) });
      return { role: 'tool', tool_call_id: call.id, content };
    });
    const answered = await completion(
      client,
      { ...first, messages: [...first.messages, message, ...results] },
      stream,
    );
    return { asked: replyOf(asked), answered: replyOf(answered) };
  },

  async structured(to, question, schema) {
    const completed = await openAiClient(to).chat.completions.parse({
      ...params(question),
      response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } },
    });
    return replyOf(completed);
  },

  async failure(to, question) {
    return openAiFailure(await thrownBy(() => openAiClient(to).chat.completions.create(params(question))));
  },

  async abort(to, question) {
    const stream = await openAiClient(to).chat.completions.create({ ...params(question), stream: true });
    let pieces = 0;
    for await (const chunk of stream) {
      if (!chunk.choices[0]?.delta.content) continue;
      pieces += 1;
      stream.controller.abort();
    }
    return pieces;
  },
};

function params({ model, system, text, image, maxTokens }: Question): Params {
  const content: OpenAI.ChatCompletionContentPart[] = [
    { type: 'text', text },
    ...(image
      ? [{ type: 'image_url' as const, image_url: { url: `data:${image.mediaType};base64,${image.base64}` } }]
      : []),
  ];
  return {
    model,
    messages: [
      ...(system ? [{ role: 'system' as const, content: system }] : []),
      { role: 'user', content: image ? content : text },
    ],
    ...(maxTokens && { max_completion_tokens: maxTokens }),
  };
}

function toolParam({ name, description, parameters }: Tool): OpenAI.ChatCompletionTool {
  return { type: 'function', function: { name, description, parameters } };
}

async function completion(client: OpenAI, body: Params, stream: boolean): Promise<OpenAI.ChatCompletion> {
  if (!stream) return client.chat.completions.create(body);
  return client.chat.completions
    .stream({ ...body, stream: true, stream_options: { include_usage: true } })
    .finalChatCompletion();
}

function replyOf({ choices, usage }: OpenAI.ChatCompletion): Reply {
  const choice = choices[0]!;
  return {
    text: choice.message.content ?? '',
    finish: choice.finish_reason,
    usage,
    calls: (choice.message.tool_calls ?? []).flatMap((call) =>
      call.type === 'function'
        ? [{ name: call.function.name, arguments: JSON.parse(call.function.arguments) as unknown }]
        : [],
    ),
  };
}
