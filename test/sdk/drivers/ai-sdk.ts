import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, generateText, jsonSchema, Output, stepCountIs, streamText, tool } from 'ai';
import type { LanguageModel, ModelMessage, ToolSet } from 'ai';
import type { ProviderApi } from '../../fakes/index.ts';
import { promptTokens } from '../../../src/core/usage.ts';
import { thrownBy } from '../driver.ts';
import type { ClientDriver, Connection, Execute, Question, Reply, Tool } from '../driver.ts';

type ModelAt = (to: Connection, model: string) => LanguageModel;

/** The Vercel AI SDK, with whichever of its provider packages makes the model. */
function aiSdk(
  name: string,
  dialect: string,
  native: readonly ProviderApi[],
  modelAt: ModelAt,
): ClientDriver {
  const settings = (to: Connection, question: Question) => ({
    model: modelAt(to, question.model),
    maxRetries: 0,
    messages: messagesOf(question),
    ...(question.system && { system: question.system }),
    ...(question.maxTokens && { maxOutputTokens: question.maxTokens }),
  });
  return {
    name,
    dialect,
    native,
    finish: { stop: 'stop', length: 'length', 'tool-calls': 'tool-calls' },
    usage: (usage) => ({
      inputTokens: promptTokens(usage),
      outputTokens: usage.output,
    }),

    async plain(to, question) {
      return replyOf(await generateText(settings(to, question)));
    },

    async streamed(to, question) {
      let pieces = 0;
      const result = streamText({ ...settings(to, question), onError: () => {} });
      for await (const piece of result.textStream) if (piece !== '') pieces += 1;
      return { ...(await awaited(result)), pieces };
    },

    async toolRound(to, question, tools, execute, stream) {
      const call = { ...settings(to, question), tools: toolSet(tools, execute), stopWhen: stepCountIs(2) };
      const steps = stream ? await streamText(call).steps : (await generateText(call)).steps;
      return { asked: replyOf(steps[0]!), answered: replyOf(steps[1]!) };
    },

    async structured(to, question, schema) {
      const result = await generateText({
        ...settings(to, question),
        output: Output.object({ schema: jsonSchema(schema as never) }),
      });
      return { ...replyOf(result), text: JSON.stringify(result.output) };
    },

    async failure(to, question) {
      const error = await thrownBy(() => generateText(settings(to, question)));
      if (!APICallError.isInstance(error)) throw error;
      return { status: error.statusCode, typed: true, message: error.message };
    },

    async abort(to, question) {
      const leave = new AbortController();
      const result = streamText({
        ...settings(to, question),
        abortSignal: leave.signal,
        onError: () => {},
      });
      let pieces = 0;
      for await (const piece of result.textStream) {
        if (piece === '') continue;
        pieces += 1;
        leave.abort();
      }
      return pieces;
    },
  };
}

function messagesOf({ text, image }: Question): ModelMessage[] {
  if (!image) return [{ role: 'user', content: text }];
  return [
    {
      role: 'user',
      content: [
        { type: 'text', text },
        { type: 'image', image: image.base64, mediaType: image.mediaType },
      ],
    },
  ];
}

function toolSet(tools: readonly Tool[], execute: Execute): ToolSet {
  return Object.fromEntries(
    tools.map(({ name, description, parameters }) => [
      name,
      tool({
        description,
        inputSchema: jsonSchema<Record<string, unknown>>(parameters as never),
        execute: (args) => execute({ name, arguments: args }),
      }),
    ]),
  );
}

interface Finished {
  readonly text: string;
  readonly finishReason: string;
  readonly usage: unknown;
  readonly toolCalls: readonly { readonly toolName: string; readonly input: unknown }[];
}

function replyOf({ text, finishReason, usage, toolCalls }: Finished): Reply {
  return {
    text,
    finish: finishReason,
    usage,
    calls: toolCalls.map((call) => ({ name: call.toolName, arguments: call.input })),
  };
}

async function awaited(result: ReturnType<typeof streamText>): Promise<Reply> {
  const [text, finishReason, usage, toolCalls] = await Promise.all([
    result.text,
    result.finishReason,
    result.usage,
    result.toolCalls,
  ]);
  return replyOf({ text, finishReason, usage, toolCalls });
}

/** This package takes a name with a slash for a whole path, and puts `models/` before the others only. */
function underModels(model: string): string {
  return model.includes('/') ? `models/${model}` : model;
}

const withHeaders = ({ key, headers }: Connection) => ({
  apiKey: key,
  ...(headers && { headers: { ...headers } }),
});

const openAi = (to: Connection) => createOpenAI({ baseURL: `${to.origin}/v1`, ...withHeaders(to) });

export const AI_SDK_DRIVERS: readonly ClientDriver[] = [
  aiSdk('ai, openai chat', 'openai-chat', ['openai', 'openai-compatible'], (to, model) =>
    openAi(to).chat(model),
  ),
  aiSdk('ai, openai responses', 'openai-responses', ['openai'], (to, model) => openAi(to).responses(model)),
  aiSdk('ai, anthropic', 'anthropic', ['anthropic'], (to, model) =>
    createAnthropic({ baseURL: `${to.origin}/v1`, ...withHeaders(to) })(model),
  ),
  aiSdk('ai, google', 'gemini', ['google'], (to, model) =>
    createGoogleGenerativeAI({ baseURL: `${to.origin}/v1beta`, ...withHeaders(to) })(underModels(model)),
  ),
];
