import type { Operation } from '../../core/call.ts';
import type { Framing, Route } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';

/**
 * The model may hold slashes, as they are or escaped, and colons; the last colon is the method's. Clients that take a
 * name with a slash for a whole path (`openai/gpt-4o`) leave `models/` out.
 */
const PATH = /^\/v1(?:alpha|beta)?\/(.+):([a-zA-Z]+)$/;

/** https://ai.google.dev/api: `POST /v1beta/models/{model}:{method}` */
export function route(method: string, path: string, query: URLSearchParams): Route | null {
  const match = method === 'POST' ? PATH.exec(path) : null;
  if (!match) return null;
  const [, name = '', verb = ''] = match;
  const model = modelOf(name);
  return model === null ? null : routeOf(verb, model, query.get('alt') === 'sse' ? 'sse' : 'json-array');
}

function routeOf(verb: string, model: string, framing: Framing): Route | null {
  switch (verb) {
    case 'generateContent':
      return { operation: 'generate', model, stream: false };
    case 'streamGenerateContent':
      return { operation: 'generate', model, stream: true, framing };
    case 'countTokens':
      return { operation: 'count-tokens', model, stream: false };
    case 'embedContent':
    case 'batchEmbedContents':
      return { operation: 'embed', model, stream: false };
    default:
      return null;
  }
}

/** Null for a broken percent escape. Clients that always put `models/` in front may do so twice. */
function modelOf(name: string): string | null {
  try {
    const model = decodeURIComponent(name).replace(/^(models\/)+/, '');
    return model === '' ? null : model;
  } catch {
    return null;
  }
}

/**
 * @param asked path that a relayed client asked for. Two methods embed, and a relayed body fits only its own; what we
 *   write ourselves is always a batch.
 */
export function upstreamPath(operation: Operation, model: string, stream: boolean, asked?: string): string {
  return `/v1beta/${modelPath(model)}:${methodOf(operation, stream, asked)}`;
}

function methodOf(operation: Operation, stream: boolean, asked: string | undefined): string {
  switch (operation) {
    case 'generate':
      return stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
    case 'count-tokens':
      return 'countTokens';
    case 'embed':
      return asked?.endsWith(':embedContent') ? 'embedContent' : 'batchEmbedContents';
    case 'relay':
      throw new CallError('unsupported', `The Gemini API has no endpoint for ${operation}.`);
  }
}

function modelPath(model: string): string {
  return resourceName(model).split('/').map(encodeURIComponent).join('/');
}

/** A model's name as the API writes it: `models/gemini-2.5-pro`, `tunedModels/mine`. */
export function resourceName(model: string): string {
  return /^(models|tunedModels)\//.test(model) ? model : `models/${model}`;
}
