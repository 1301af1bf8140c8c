import type { Dialect, GenerateCodec } from '../../core/dialect.ts';
import { formatError } from '../openai/format-error.ts';
import { formatModels } from '../openai/format-models.ts';
import { attribution, identify } from '../openai/identify.ts';
import { parseError } from '../openai/parse-error.ts';
import { formatRequest } from './format-request.ts';
import { formatResponse } from './format-response.ts';
import { formatStream } from './format-stream.ts';
import { parseRequest } from './parse-request.ts';
import { meterResponse, parseResponse } from './parse-response.ts';
import { parseStream } from './parse-stream.ts';
import { relayRules } from './relay-rules.ts';
import { route, upstreamPath } from './route.ts';

const responses: GenerateCodec = {
  parseRequest,
  formatRequest,
  parseResponse,
  meterResponse,
  formatResponse,
  parseStream,
  formatStream,
  relay: relayRules,
};

/** OpenAI's Responses API. */
export const openaiResponses: Dialect = {
  name: 'openai-responses',
  owner: 'openai',
  route,
  identify,
  attribution,
  modelFields: (model) => ({ model }),
  upstreamPath,
  generate: responses,
  parseError,
  formatError,
  formatModels,
};
