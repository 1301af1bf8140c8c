import type { JsonObject } from '../../../core/json.ts';
import { IMAGE_TOKENS, tokensOf } from '../tokens.ts';
import { vectorOf } from '../vectors.ts';
import { eventStream, json } from '../wire.ts';
import type { Endpoint, SimulatedAnswer, SimulatedRequest, SimulatedWorld } from '../wire.ts';
import { generated, generatedStream } from './answer.ts';
import { askOfGenerate } from './ask.ts';
import { authorize, knownModel, refusal, validBody } from './refuse.ts';
import { checkGenerateRules } from './rules.ts';
import { batchEmbedSchema, countSchema, embedSchema, generateSchema } from './schema.ts';
import type { GeminiContent } from './schema.ts';

type Method = (request: SimulatedRequest, model: string, world: SimulatedWorld) => SimulatedAnswer;

const EMBEDDING_DIMENSIONS = 32;

const METHODS: Readonly<Record<string, Method>> = {
  generateContent: (request, model, world) => generate(request, model, world, 'whole'),
  streamGenerateContent: (request, model, world) =>
    generate(request, model, world, request.query.get('alt') === 'sse' ? 'sse' : 'json-array'),
  countTokens: countTokens,
  embedContent: (request) => {
    const { content, outputDimensionality } = validBody(request, embedSchema);
    return json({ embedding: { values: embed(content, outputDimensionality) } });
  },
  batchEmbedContents: (request) => {
    const { requests } = validBody(request, batchEmbedSchema);
    return json({
      embeddings: requests.map((one) => ({ values: embed(one.content, one.outputDimensionality) })),
    });
  },
};

/** `POST /v1beta/models/{model}:{method}`, also under `/v1/`. */
export const gemini: Endpoint = (request, world) => {
  const match = /^\/v1(?:beta)?\/models\/([^:]+):(\w+)$/.exec(request.path);
  const name = match?.[2] ?? '';
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (!match || !method || request.method !== 'POST') return null;
  authorize(request, world);
  const model = decodeURIComponent(match[1] ?? '');
  knownModel(model, name, world);
  return method(request, model, world);
};

function generate(
  request: SimulatedRequest,
  model: string,
  world: SimulatedWorld,
  framing: 'whole' | 'sse' | 'json-array',
): SimulatedAnswer {
  const body = validBody(request, generateSchema);
  checkGenerateRules(body, model);
  const scenario = world.scenario(askOfGenerate(body, model, framing !== 'whole'));
  const meta = {
    responseId: world.id(22),
    model,
    callIds: scenario.toolCalls.map(() => world.id(8)),
    includeLogprobs: body.generationConfig?.responseLogprobs ?? false,
    includeThoughts: body.generationConfig?.thinkingConfig?.includeThoughts ?? false,
  };
  if (framing === 'whole') return json(generated(scenario, meta));
  const responses = generatedStream(scenario, meta);
  return framing === 'sse'
    ? eventStream(responses.map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`))
    : { ...json(null), chunks: arrayChunks(responses) };
}

/** Without `alt=sse` a stream is one JSON array, flushed element by element. */
function arrayChunks(responses: readonly JsonObject[]): string[] {
  const elements = responses.map(
    (one, index) => `${index === 0 ? '[' : ',\r\n'}${JSON.stringify(one, null, 2)}\n`,
  );
  return [...elements, ']\n'];
}

function countTokens(request: SimulatedRequest, model: string): SimulatedAnswer {
  const body = validBody(request, countSchema);
  const asked = body.generateContentRequest ?? (body.contents && { contents: body.contents });
  if (!asked) throw refusal('* CountTokensRequest.contents: contents is not specified\n');
  const ask = askOfGenerate(asked, model, false);
  const total = Math.max(1, tokensOf(ask.promptText) + ask.images * IMAGE_TOKENS);
  return json({ totalTokens: total, promptTokensDetails: [{ modality: 'TEXT', tokenCount: total }] });
}

function embed({ parts }: GeminiContent, dimensions: number | undefined): number[] {
  return vectorOf(parts.map((part) => part.text ?? '').join(' '), dimensions ?? EMBEDDING_DIMENSIONS);
}

/** `GET /v1beta/models` and `GET /v1beta/models/{id}`. */
export function geminiModels(models: readonly string[]): Endpoint {
  const entry = (id: string) => ({
    name: `models/${id}`,
    version: '001',
    displayName: id,
    supportedGenerationMethods: ['generateContent', 'countTokens'],
  });
  return (request, world) => {
    if (request.method !== 'GET' || !/^\/v1beta\/models(\/|$)/.test(request.path)) return null;
    authorize(request, world);
    const id = decodeURIComponent(request.path.slice('/v1beta/models/'.length));
    if (!id) return json({ models: models.map(entry) });
    knownModel(id, 'getModel', world);
    return json(entry(id));
  };
}
