import type OpenAI from 'openai';
import { promptTokens } from '../../../src/core/usage.ts';
import { thrownBy } from '../driver.ts';
import type { ClientDriver, Question, Reply, Tool } from '../driver.ts';
import { openAiClient, openAiFailure } from './openai-client.ts';

type Params = OpenAI.Responses.ResponseCreateParamsNonStreaming;

export const openAiResponses: ClientDriver = {
  name: 'openai, responses',
  dialect: 'openai-responses',
  native: ['openai'],
  finish: { stop: 'completed', length: 'incomplete', 'tool-calls': 'completed' },
  usage: (usage) => ({
    input_tokens: promptTokens(usage),
    output_tokens: usage.output,
    total_tokens: promptTokens(usage) + usage.output,
    input_tokens_details: { cached_tokens: usage.cacheRead },
  }),

  async plain(to, question) {
    return replyOf(await openAiClient(to).responses.create(params(question)));
  },

  async streamed(to, question) {
    const stream = await openAiClient(to).responses.create({ ...params(question), stream: true });
    let text = '';
    let pieces = 0;
    let done: OpenAI.Responses.Response | null = null;
    for await (const event of stream) {
      if (event.type === 'response.output_text.delta') {
        text += event.delta;
        pieces += 1;
      }
      if (event.type === 'response.completed' || event.type === 'response.incomplete') done = event.response;
    }
    if (!done) throw new Error('the stream ended without its response');
    // The SDK adds up `output_text` for whole responses only.
    return { ...replyOf({ ...done, output_text: text }), text, pieces };
  },

  async toolRound(to, question, tools, execute, stream) {
    const client = openAiClient(to);
    const first = { ...params(question), tools: tools.map(toolParam) };
    const asked = await response(client, first, stream);
    const results = asked.output.flatMap((item): OpenAI.Responses.ResponseInputItem[] => {
      if (item.type !== 'function_call') return [];
      const output = execute({ name: item.name, arguments: JSON.parse(item.arguments) });
      return [{ type: 'function_call_output', call_id: item.call_id, output }];
    });
    const history = [
      { role: 'user' as const, content: question.text },
      ...asked.output.map(sentBack),
      ...results,
    ];
    const answered = await response(client, { ...first, input: history }, stream);
    return { asked: replyOf(asked), answered: replyOf(answered) };
  },

  async structured(to, question, schema) {
    const parsed = await openAiClient(to).responses.parse({
      ...params(question),
      text: { format: { type: 'json_schema', name: 'answer', strict: true, schema } },
    });
    return replyOf(parsed);
  },

  async failure(to, question) {
    return openAiFailure(await thrownBy(() => openAiClient(to).responses.create(params(question))));
  },

  async abort(to, question) {
    const stream = await openAiClient(to).responses.create({ ...params(question), stream: true });
    let pieces = 0;
    for await (const event of stream) {
      if (event.type !== 'response.output_text.delta') continue;
      pieces += 1;
      stream.controller.abort();
    }
    return pieces;
  },
};

function params({ model, system, text, image, maxTokens }: Question): Params {
  const content: OpenAI.Responses.ResponseInputMessageContentList = [
    { type: 'input_text', text },
    ...(image
      ? [
          {
            type: 'input_image' as const,
            detail: 'auto' as const,
            image_url: `data:${image.mediaType};base64,${image.base64}`,
          },
        ]
      : []),
  ];
  return {
    model,
    input: image ? [{ role: 'user', content }] : text,
    store: false,
    ...(system && { instructions: system }),
    ...(maxTokens && { max_output_tokens: maxTokens }),
  };
}

/** The stream helper adds a field that the API does not take back. */
function sentBack(item: OpenAI.Responses.ResponseOutputItem): OpenAI.Responses.ResponseInputItem {
  const { parsed_arguments: _, ...plain } = item as OpenAI.Responses.ResponseFunctionToolCall & {
    parsed_arguments?: unknown;
  };
  return plain;
}

function toolParam({ name, description, parameters }: Tool): OpenAI.Responses.FunctionTool {
  return { type: 'function', name, description, parameters, strict: false };
}

async function response(client: OpenAI, body: Params, stream: boolean): Promise<OpenAI.Responses.Response> {
  if (!stream) return client.responses.create(body);
  return client.responses.stream({ ...body, stream: true }).finalResponse();
}

function replyOf({ output_text, output, status, usage }: OpenAI.Responses.Response): Reply {
  return {
    text: output_text,
    finish: status,
    usage,
    calls: output.flatMap((item) =>
      item.type === 'function_call'
        ? [{ name: item.name, arguments: JSON.parse(item.arguments) as unknown }]
        : [],
    ),
  };
}
