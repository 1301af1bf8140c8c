import type { ProviderKind } from '../../provider-kind.ts';
import { openai } from '../openai/index.ts';

/** vLLM, SGLang, TensorRT-LLM, Ollama, llama.cpp's server, and whoever else speaks OpenAI's chat API. */
export const openaiCompatible: ProviderKind = {
  kind: 'openai-compatible',
  title: 'OpenAI-compatible server',
  defaultBaseUrl: null,
  envKeys: [],
  needsKey: false,
  // Whoever runs the server is not the one to whom the client's key belongs.
  owner: null,
  dialects: ['openai-chat'],
  servesAnyModel: true,
  ownsModel: () => false,
  authorize: openai.authorize,
  defaultHeaders: {},
  accountHeaders: openai.accountHeaders,
  credentialQuery: null,
  promptCaching: null,
  batches: null,
  limits: openai.limits,
};
