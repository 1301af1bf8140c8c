import type { EmbeddingInput } from '../../core/content.ts';
import type { AnswerContext, EmbedCodec, Formatted } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';
import { compact, type Json, type JsonObject } from '../../core/json.ts';
import type { Part, UsagePart } from '../../core/part.ts';
import { reportExtras } from '../wire/extras.ts';
import { Fields } from '../wire/fields.ts';
import { collectWarnings } from '../wire/warnings.ts';
import { camelKeys } from './camel-keys.ts';
import { TITLE } from './owner.ts';
import { usageReader } from './read-answer.ts';
import { resourceName } from './route.ts';

/** `embedContent` and `batchEmbedContents`; towards Google always the latter. https://ai.google.dev/api/embeddings */
export const embed: EmbedCodec = {
  parseRequest,
  formatRequest,
  parseResponse,
  meterResponse,
  formatResponse,
};

function parseRequest(body: JsonObject): EmbeddingInput {
  const fields = new Fields(camelKeys(body));
  const isBatch = fields.json('requests') !== undefined;
  const requests = isBatch ? fields.items('requests') : [fields];
  const extras: Record<string, Json> = {};
  const inputs = requests.map((request) => parseText(request, extras));
  const [dimensions, ...others] = requests.map((request) => request.optionalInteger('outputDimensionality'));
  const odd = others.findIndex((other) => other !== dimensions);
  if (odd >= 0)
    throw fields.wrong(`requests[${odd + 1}].outputDimensionality`, 'the same in all requests of a batch');
  for (const request of requests) {
    request.json('model');
    Object.assign(extras, request.rest());
  }
  if (isBatch) Object.assign(extras, fields.rest());
  return { inputs, ...(dimensions !== undefined && { dimensions }), encoding: 'float', extras };
}

function parseText(request: Fields, extras: Record<string, Json>): string {
  const content = request.object('content');
  content.array('parts');
  const texts = content.items('parts').flatMap((part) => {
    const text = part.optionalString('text');
    Object.assign(extras, part.rest());
    return text === undefined ? [] : [text];
  });
  content.json('role');
  Object.assign(extras, content.rest());
  return texts.join('\n');
}

function formatRequest(input: EmbeddingInput, model: string): Formatted {
  const warnings = collectWarnings(reportExtras(input.extras, TITLE));
  if (input.user !== undefined) warnings.add(`user: ${TITLE} has no such parameter`);
  const requests = input.inputs.map((text, index) => {
    if (typeof text !== 'string')
      throw new CallError('unsupported', `input[${index}] is a list of tokens; ${TITLE} embeds text alone.`, {
        param: 'input',
      });
    return compact({
      model: resourceName(model),
      content: { parts: [{ text }] },
      outputDimensionality: input.dimensions,
    });
  });
  return { body: { requests }, warnings: warnings.all() };
}

function parseResponse(body: JsonObject): Part[] {
  const fields = new Fields(body, '', 'provider');
  const single = fields.optionalObject('embedding');
  const embeddings = single ? [single] : fields.items('embeddings');
  const parts = embeddings.map((embedding, index): Part => {
    const values = embedding.array('values');
    const vector = values.filter((value): value is number => typeof value === 'number');
    if (vector.length < values.length) throw embedding.wrong('values', 'numbers alone');
    return { type: 'embedding', index, vector };
  });
  if (parts.length === 0) throw fields.wrong('embeddings', 'an array with something in it');
  return [...parts, ...meterResponse(body)];
}

function meterResponse(body: JsonObject): UsagePart[] {
  return usageReader()(body);
}

function formatResponse(parts: readonly Part[], context: AnswerContext): JsonObject {
  const vectors = parts.flatMap((part) => (part.type === 'embedding' ? [part] : []));
  const embeddings = vectors
    .toSorted((a, b) => a.index - b.index)
    .map(({ vector }): JsonObject => ({ values: vector }));
  const usage = parts.findLast((part) => part.type === 'usage');
  const counted = usage && {
    usageMetadata: { promptTokenCount: usage.usage.input, totalTokenCount: usage.usage.input },
  };
  const [only = { values: [] }] = embeddings;
  return Array.isArray(context.body['requests'])
    ? { embeddings, ...counted }
    : { embedding: only, ...counted };
}
