import type { ProviderApi } from '../../src/demo/provider/api.ts';

/** How a provider or server refuses a prompt that is too long, and the numbers in its words. */
export interface TooLong {
  readonly server: string;
  readonly api: ProviderApi;
  readonly dialect: string;
  readonly status: number;
  readonly body: string;
  readonly window: number | null;
  readonly needed: number | null;
}

const openAi = (message: string, code: string | null = 'context_length_exceeded'): string =>
  JSON.stringify({ error: { message, type: 'invalid_request_error', param: 'messages', code } });
const bare = (message: string): string =>
  JSON.stringify({ object: 'error', message, type: 'BadRequestError', param: null, code: 400 });

/** Synthetic: written by hand in the wording and shape that these servers are documented or known to use, not recorded. */
export const TOO_LONG: readonly TooLong[] = [
  {
    server: 'OpenAI chat',
    api: 'openai',
    dialect: 'openai-chat',
    status: 400,
    body: openAi(
      "This model's maximum context length is 128000 tokens. However, your messages resulted in 150012 tokens. Please reduce the length of the messages.",
    ),
    window: 128_000,
    needed: 150_012,
  },
  {
    server: 'OpenAI chat with max_tokens',
    api: 'openai',
    dialect: 'openai-chat',
    status: 400,
    body: openAi(
      "This model's maximum context length is 8192 tokens. However, you requested 9216 tokens (8192 in the messages, 1024 in the completion). Please reduce the length of the messages or completion.",
    ),
    window: 8192,
    needed: 9216,
  },
  {
    server: 'OpenAI responses',
    api: 'openai',
    dialect: 'openai-responses',
    status: 400,
    body: openAi(
      'Your input exceeds the context window of this model. Please adjust your input and try again.',
    ),
    window: null,
    needed: null,
  },
  {
    server: 'Anthropic',
    api: 'anthropic',
    dialect: 'anthropic',
    status: 400,
    body: JSON.stringify({
      type: 'error',
      error: { type: 'invalid_request_error', message: 'prompt is too long: 210000 tokens > 200000 maximum' },
      request_id: 'req_synthetic',
    }),
    window: 200_000,
    needed: 210_000,
  },
  {
    server: 'Anthropic with max_tokens',
    api: 'anthropic',
    dialect: 'anthropic',
    status: 400,
    body: JSON.stringify({
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message:
          'input length and `max_tokens` exceed context limit: 190240 + 20000 > 200000, decrease input length or `max_tokens` and try again',
      },
      request_id: 'req_synthetic',
    }),
    window: 200_000,
    needed: 190_240,
  },
  {
    server: 'Gemini',
    api: 'google',
    dialect: 'gemini',
    status: 400,
    body: JSON.stringify({
      error: {
        code: 400,
        message: 'The input token count (1200005) exceeds the maximum number of tokens allowed (1048576).',
        status: 'INVALID_ARGUMENT',
      },
    }),
    window: 1_048_576,
    needed: 1_200_005,
  },
  {
    server: 'Gemini, older words',
    api: 'google',
    dialect: 'gemini',
    status: 400,
    body: JSON.stringify({
      error: {
        code: 400,
        message: 'The input token count exceeds the maximum number of tokens allowed 1048576.',
        status: 'INVALID_ARGUMENT',
      },
    }),
    window: 1_048_576,
    needed: null,
  },
  {
    server: 'vLLM, before 0.9',
    api: 'openai-compatible',
    dialect: 'openai-chat',
    status: 400,
    body: bare(
      "This model's maximum context length is 4096 tokens. However, you requested 5120 tokens (4096 in the messages, 1024 in the completion). Please reduce the length of the messages or completion.",
    ),
    window: 4096,
    needed: 5120,
  },
  {
    server: 'vLLM, prompt longer than the model',
    api: 'openai-compatible',
    dialect: 'openai-chat',
    status: 400,
    body: JSON.stringify({
      error: {
        message:
          'The decoder prompt (length 5000) is longer than the maximum model length of 4096. Make sure that `max_model_len` is no smaller than the number of text tokens.',
        type: 'BadRequestError',
        param: null,
        code: 400,
      },
    }),
    window: 4096,
    needed: 5000,
  },
  {
    server: 'vLLM, max_tokens too large',
    api: 'openai-compatible',
    dialect: 'openai-chat',
    status: 400,
    body: bare(
      "'max_tokens' or 'max_completion_tokens' is too large: 4000. This model's maximum context length is 4096 tokens and your request has 300 input tokens (4000 > 4096 - 300).",
    ),
    window: 4096,
    needed: null,
  },
  {
    server: 'vLLM, newer words',
    api: 'openai-compatible',
    dialect: 'openai-chat',
    status: 400,
    body: JSON.stringify({
      error: {
        message:
          "You passed 5000 input tokens and requested 128 output tokens. However, the model's context length is only 4096 tokens, resulting in a maximum input length of 3968 tokens. Please reduce the length of the input prompt.",
        type: 'BadRequestError',
        param: 'input_tokens',
        code: 400,
      },
    }),
    window: 4096,
    needed: 5000,
  },
  {
    server: 'SGLang',
    api: 'openai-compatible',
    dialect: 'openai-chat',
    status: 400,
    body: bare("The input (5000 tokens) is longer than the model's context length (4096 tokens)."),
    window: 4096,
    needed: 5000,
  },
  {
    server: 'SGLang, prompt and answer',
    api: 'openai-compatible',
    dialect: 'openai-chat',
    status: 400,
    body: bare(
      "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 5000 tokens: 4000 tokens from the input messages and 1000 tokens for the completion.",
    ),
    window: 4096,
    needed: 5000,
  },
  {
    server: 'llama.cpp',
    api: 'openai-compatible',
    dialect: 'openai-chat',
    status: 400,
    body: JSON.stringify({
      error: {
        code: 400,
        message: 'request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it',
        type: 'exceed_context_size_error',
        n_prompt_tokens: 5000,
        n_ctx: 4096,
      },
    }),
    window: 4096,
    needed: 5000,
  },
  {
    server: 'llama.cpp, older words',
    api: 'openai-compatible',
    dialect: 'openai-chat',
    status: 400,
    body: JSON.stringify({
      error: {
        code: 400,
        message:
          'the request exceeds the available context size. try increasing the context size or enable context shift',
        type: 'exceed_context_size_error',
        n_prompt_tokens: 5000,
        n_ctx: 4096,
      },
    }),
    window: null,
    needed: null,
  },
  {
    server: 'Ollama',
    api: 'openai-compatible',
    dialect: 'openai-chat',
    status: 400,
    body: JSON.stringify({
      error: {
        message: 'the input length exceeds the context length',
        type: 'invalid_request_error',
        param: null,
        code: null,
      },
    }),
    window: null,
    needed: null,
  },
  {
    server: 'Ollama, older words',
    api: 'openai-compatible',
    dialect: 'openai-chat',
    status: 400,
    body: JSON.stringify({ error: 'input length exceeds maximum context length' }),
    window: null,
    needed: null,
  },
  {
    server: 'Ollama, long prompt',
    api: 'openai-compatible',
    dialect: 'openai-chat',
    status: 400,
    body: JSON.stringify({
      error: {
        message: 'prompt too long; exceeded max context length by 904 tokens',
        type: 'api_error',
        param: null,
        code: null,
      },
    }),
    window: null,
    needed: null,
  },
  {
    server: 'TGI',
    api: 'openai-compatible',
    dialect: 'openai-chat',
    status: 422,
    body: JSON.stringify({
      error:
        'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 100 `max_new_tokens`',
      error_type: 'validation',
    }),
    window: 4096,
    needed: 5000,
  },
  {
    server: 'Mistral',
    api: 'openai-compatible',
    dialect: 'openai-chat',
    status: 400,
    body: bare(
      'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
    ),
    window: 32_768,
    needed: 40_000,
  },
  {
    server: 'the engine of this project',
    api: 'openai-compatible',
    dialect: 'openai-chat',
    status: 400,
    body: openAi(
      "This model's maximum context length is 2048 tokens. However, you requested 2560 tokens (2048 in the prompt, 512 in the completion). Shorten one of them.",
    ),
    window: 2048,
    needed: 2560,
  },
];
