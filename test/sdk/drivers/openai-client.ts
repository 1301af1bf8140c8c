import OpenAI from 'openai';
import type { Connection, Failure } from '../driver.ts';

export function openAiClient({ origin, key, headers }: Connection): OpenAI {
  return new OpenAI({
    baseURL: `${origin}/v1`,
    apiKey: key,
    maxRetries: 0,
    ...(headers && { defaultHeaders: { ...headers } }),
  });
}

const CLASSES: Readonly<Record<number, new (...args: never[]) => Error>> = {
  400: OpenAI.BadRequestError,
  401: OpenAI.AuthenticationError,
  404: OpenAI.NotFoundError,
  429: OpenAI.RateLimitError,
  500: OpenAI.InternalServerError,
  502: OpenAI.InternalServerError,
};

export function openAiFailure(error: unknown): Failure {
  if (!(error instanceof OpenAI.APIError)) throw error;
  const status = error.status as number | undefined;
  const expected = CLASSES[status ?? 0];
  return { status, typed: expected !== undefined && error instanceof expected, message: error.message };
}
