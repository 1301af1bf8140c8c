import { z } from 'zod';
import { tokensOf } from '../tokens.ts';
import { vectorOf } from '../vectors.ts';
import { json } from '../wire.ts';
import type { Endpoint } from '../wire.ts';
import { authorize, knownModel, refusal, validBody } from './refuse.ts';

const tokens = z.array(z.int().min(0)).min(1);

const schema = z.strictObject({
  model: z.string().min(1),
  input: z.union([
    z.string().min(1),
    z.array(z.string().min(1)).min(1).max(2048),
    tokens,
    z.array(tokens).min(1),
  ]),
  dimensions: z.int().min(1).optional(),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  user: z.string().optional(),
});

/** `POST /v1/embeddings`, of OpenAI and of the servers that copy it. */
export const openAiEmbeddings: Endpoint = (request, world) => {
  if (request.method !== 'POST' || request.path !== '/v1/embeddings') return null;
  authorize(request, world);
  const body = validBody(request, schema);
  knownModel(body.model, world);
  if (body.dimensions !== undefined && body.model === 'text-embedding-ada-002') {
    throw refusal('This model does not support specifying dimensions.', { param: 'dimensions' });
  }
  const inputs = inputsOf(body.input);
  const used = inputs.reduce((sum, one) => sum + (typeof one === 'string' ? tokensOf(one) : one.length), 0);
  const data = inputs.map((one, index) => {
    const vector = vectorOf(typeof one === 'string' ? one : one.join(' '), body.dimensions ?? 32);
    const embedding =
      body.encoding_format === 'base64'
        ? Buffer.from(Float32Array.from(vector).buffer).toString('base64')
        : vector;
    return { object: 'embedding', index, embedding };
  });
  return json({
    object: 'list',
    data,
    model: body.model,
    usage: { prompt_tokens: used, total_tokens: used },
  });
};

function inputsOf(input: z.infer<typeof schema>['input']): (string | number[])[] {
  if (typeof input === 'string') return [input];
  return typeof input[0] === 'number' ? [input as number[]] : (input as (string | number[])[]);
}
