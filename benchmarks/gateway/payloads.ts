/** What one call of the comparison looks like: about 1 KB each way, or 50 chunks of a stream. */
export const MODEL = 'gpt-4o-mini';
export const CHUNKS = 50;

const WORDS =
  'The quick brown fox jumps over the lazy dog while the gateway writes down what the call did cost. ';
const USAGE = {
  prompt_tokens: 180,
  completion_tokens: 120,
  total_tokens: 300,
  prompt_tokens_details: { cached_tokens: 100, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
};
const SHARED = {
  id: 'chatcmpl-benchmark',
  created: 1_790_000_000,
  model: `${MODEL}-2024-07-18`,
  service_tier: 'default',
};

function words(length: number): string {
  return WORDS.repeat(Math.ceil(length / WORDS.length)).slice(0, length);
}

export function requestBody(stream: boolean): string {
  return JSON.stringify({
    model: MODEL,
    messages: [
      { role: 'system', content: words(300) },
      { role: 'user', content: words(580) },
    ],
    temperature: 0.2,
    ...(stream && { stream: true }),
  });
}

export const ANSWER = Buffer.from(
  JSON.stringify({
    ...SHARED,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: words(560), refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: USAGE,
    system_fingerprint: 'fp_benchmark',
  }),
);

function event(fields: object): string {
  return `data: ${JSON.stringify({ ...SHARED, object: 'chat.completion.chunk', ...fields })}\n\n`;
}

/** The events of a stream, one a write; the last has the end and, where it was asked for, the usage. */
export function streamEvents(withUsage: boolean): readonly Buffer[] {
  const nothing = withUsage ? { usage: null } : {};
  const deltas = Array.from({ length: CHUNKS - 1 }, (_, index) => {
    const delta = index === 0 ? { role: 'assistant', content: '' } : { content: words(24) };
    return event({ choices: [{ index: 0, delta, logprobs: null, finish_reason: null }], ...nothing });
  });
  const finish = event({
    choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }],
    ...nothing,
  });
  const usage = withUsage ? event({ choices: [], usage: USAGE }) : '';
  return [...deltas, `${finish}${usage}data: [DONE]\n\n`].map((text) => Buffer.from(text));
}
