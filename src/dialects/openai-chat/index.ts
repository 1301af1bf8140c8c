import type { Dialect, GenerateCodec } from '../../core/dialect.ts';
import { formatError } from '../openai/format-error.ts';
import { formatModels } from '../openai/format-models.ts';
import { attribution, identify } from '../openai/identify.ts';
import { parseError } from '../openai/parse-error.ts';
import { embeddings } from './embeddings/index.ts';
import { formatRequest } from './format-request.ts';
import { formatResponse } from './format-response.ts';
import { formatStream } from './format-stream.ts';
import { parseRequest } from './parse-request.ts';
import { meterResponse, parseResponse } from './parse-response.ts';
import { parseStream } from './parse-stream.ts';
import { relayRules } from './relay-rules.ts';
import { route, upstreamPath } from './route.ts';

const chatCompletions: GenerateCodec = {
  parseRequest,
  formatRequest,
  parseResponse,
  meterResponse,
  formatResponse,
  parseStream,
  formatStream,
  relay: relayRules,
};

/** OpenAI's chat completions and embeddings, also as vLLM, SGLang, llama.cpp, Ollama and others speak them. */
export const openaiChat: Dialect = {
  name: 'openai-chat',
  owner: 'openai',
  route,
  identify,
  attribution,
  modelFields: (model) => ({ model }),
  upstreamPath,
  generate: chatCompletions,
  embed: embeddings,
  parseError,
  formatError,
  formatModels,
};
