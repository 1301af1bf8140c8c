import { z } from 'zod';
import { tokensOf } from '../tokens.ts';
import { json } from '../wire.ts';
import type { Endpoint } from '../wire.ts';
import { authorize, knownModel, refusal, validBody } from './refuse.ts';

/** Unix seconds at which every simulated model was made. */
const MADE = 1_735_689_600;

/** `GET /v1/models` and `GET /v1/models/{id}`. */
export function openAiModels(models: readonly string[]): Endpoint {
  const entry = (id: string) => ({ id, object: 'model', created: MADE, owned_by: 'simulated' });
  return (request, world) => {
    if (request.method !== 'GET' || !/^\/v1\/models(\/|$)/.test(request.path)) return null;
    authorize(request, world);
    const id = decodeURIComponent(request.path.slice('/v1/models/'.length));
    if (!id) return json({ object: 'list', data: models.map(entry) });
    knownModel(id, world);
    return json(entry(id));
  };
}

const moderationSchema = z.strictObject({
  model: z.string().optional(),
  input: z.union([z.string(), z.array(z.unknown())]),
});

/** `POST /v1/moderations`: flags nothing but the word `forbidden`. */
export const openAiModerations: Endpoint = (request, world) => {
  if (request.method !== 'POST' || request.path !== '/v1/moderations') return null;
  authorize(request, world);
  const { model = 'omni-moderation-latest', input } = validBody(request, moderationSchema);
  const inputs: readonly unknown[] = Array.isArray(input) ? input : [input];
  const results = inputs.map((one) => {
    const flagged = JSON.stringify(one).includes('forbidden');
    return {
      flagged,
      categories: { violence: flagged },
      category_scores: { violence: flagged ? 0.99 : 0.001 },
    };
  });
  return json({ id: `modr-${world.id(24)}`, model, results });
};

/** `POST /v1/audio/transcriptions`: a multipart upload whose size stands for its length. */
export const openAiTranscriptions: Endpoint = (request, world) => {
  if (request.method !== 'POST' || request.path !== '/v1/audio/transcriptions') return null;
  authorize(request, world);
  if (!request.headers['content-type']?.startsWith('multipart/form-data; boundary=')) {
    throw refusal('Could not parse multipart form', { param: 'file' });
  }
  const form = Buffer.from(request.body).toString('latin1');
  for (const name of ['file', 'model']) {
    if (!form.includes(`name="${name}"`)) {
      throw refusal(`Missing required parameter: '${name}'.`, {
        param: name,
        code: 'missing_required_parameter',
      });
    }
  }
  const text = `A simulated transcription of ${request.body.byteLength} bytes.`;
  const heard = Math.ceil(request.body.byteLength / 1000);
  const said = tokensOf(text);
  return json({
    text,
    usage: {
      type: 'tokens',
      input_tokens: heard,
      input_token_details: { text_tokens: 0, audio_tokens: heard },
      output_tokens: said,
      total_tokens: heard + said,
    },
  });
};
