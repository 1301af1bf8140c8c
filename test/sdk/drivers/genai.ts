import { ApiError, GoogleGenAI } from '@google/genai';
import type {
  Content,
  GenerateContentConfig,
  GenerateContentParameters,
  GenerateContentResponse,
  Part,
} from '@google/genai';
import { promptTokens } from '../../../src/core/usage.ts';
import { thrownBy } from '../driver.ts';
import type { ClientDriver, Connection, Question, Reply, Tool } from '../driver.ts';

export function genAiClient({ origin, key, headers }: Connection): GoogleGenAI {
  return new GoogleGenAI({
    apiKey: key,
    httpOptions: { baseUrl: origin, ...(headers && { headers: { ...headers } }) },
  });
}

export const genAi: ClientDriver = {
  name: 'google genai',
  dialect: 'gemini',
  native: ['google'],
  finish: { stop: 'STOP', length: 'MAX_TOKENS', 'tool-calls': 'STOP' },
  usage: (usage) => ({
    promptTokenCount: promptTokens(usage),
    candidatesTokenCount: usage.output - usage.reasoning,
    totalTokenCount: promptTokens(usage) + usage.output,
    ...(usage.cacheRead > 0 && { cachedContentTokenCount: usage.cacheRead }),
    ...(usage.reasoning > 0 && { thoughtsTokenCount: usage.reasoning }),
  }),

  async plain(to, question) {
    return replyOf([await genAiClient(to).models.generateContent(params(question))]);
  },

  async streamed(to, question) {
    const responses: GenerateContentResponse[] = [];
    const stream = await genAiClient(to).models.generateContentStream(params(question));
    for await (const one of stream) responses.push(one);
    const pieces = responses.filter((one) => textOf(one) !== '').length;
    return { ...replyOf(responses), pieces };
  },

  async toolRound(to, question, tools, execute, stream) {
    const client = genAiClient(to);
    const first = params(question, { tools: [{ functionDeclarations: tools.map(declaration) }] });
    const asked = await responses(client, first, stream);
    const called: Content = { role: 'model', parts: asked.flatMap(partsOf) };
    const results = asked.flatMap(partsOf).flatMap(({ functionCall }): Part[] => {
      if (!functionCall) return [];
      const { id, name = '', args } = functionCall;
      const output = execute({ name, arguments: args });
      return [{ functionResponse: { ...(id && { id }), name, response: { output } } }];
    });
    const contents = [
      { role: 'user', parts: [{ text: question.text }] },
      called,
      { role: 'user', parts: results },
    ];
    const answered = await responses(client, { ...first, contents }, stream);
    return { asked: replyOf(asked), answered: replyOf(answered) };
  },

  async structured(to, question, schema) {
    const config = { responseMimeType: 'application/json', responseJsonSchema: schema };
    return replyOf([await genAiClient(to).models.generateContent(params(question, config))]);
  },

  async failure(to, question) {
    const error = await thrownBy(() => genAiClient(to).models.generateContent(params(question)));
    if (!(error instanceof ApiError)) throw error;
    return { status: error.status, typed: true, message: error.message };
  },

  async abort(to, question) {
    const leave = new AbortController();
    const stream = await genAiClient(to).models.generateContentStream(
      params(question, { abortSignal: leave.signal }),
    );
    let pieces = 0;
    try {
      for await (const one of stream) {
        if (textOf(one) === '') continue;
        pieces += 1;
        leave.abort();
      }
    } catch (error) {
      if (!leave.signal.aborted) throw error;
    }
    return pieces;
  },
};

function params(
  { model, system, text, image, maxTokens }: Question,
  config: GenerateContentConfig = {},
): GenerateContentParameters {
  const parts: Part[] = [
    { text },
    ...(image ? [{ inlineData: { mimeType: image.mediaType, data: image.base64 } }] : []),
  ];
  return {
    model,
    contents: [{ role: 'user', parts }],
    config: {
      ...config,
      ...(system && { systemInstruction: system }),
      ...(maxTokens && { maxOutputTokens: maxTokens }),
    },
  };
}

function declaration({ name, description, parameters }: Tool) {
  return { name, description, parametersJsonSchema: parameters };
}

async function responses(
  client: GoogleGenAI,
  body: GenerateContentParameters,
  stream: boolean,
): Promise<GenerateContentResponse[]> {
  if (!stream) return [await client.models.generateContent(body)];
  const all: GenerateContentResponse[] = [];
  for await (const one of await client.models.generateContentStream(body)) all.push(one);
  return all;
}

function partsOf(response: GenerateContentResponse): Part[] {
  return (response.candidates?.[0]?.content?.parts ?? []).filter(({ text }) => text !== '');
}

function textOf(response: GenerateContentResponse): string {
  return partsOf(response)
    .filter(({ thought }) => !thought)
    .map(({ text }) => text ?? '')
    .join('');
}

function replyOf(all: readonly GenerateContentResponse[]): Reply {
  return {
    text: all.map(textOf).join(''),
    finish: all.findLast((one) => one.candidates?.[0]?.finishReason)?.candidates?.[0]?.finishReason,
    usage: all.findLast((one) => one.usageMetadata)?.usageMetadata,
    calls: all
      .flatMap(partsOf)
      .flatMap(({ functionCall }) =>
        functionCall ? [{ name: functionCall.name ?? '', arguments: functionCall.args }] : [],
      ),
  };
}
