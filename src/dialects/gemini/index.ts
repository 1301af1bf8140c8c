import type { Dialect } from '../../core/dialect.ts';
import { count } from './count.ts';
import { embed } from './embed.ts';
import { formatError } from './format-error.ts';
import { formatModels } from './format-models.ts';
import { formatRequest } from './format-request.ts';
import { formatResponse } from './format-response.ts';
import { formatStream } from './format-stream.ts';
import { attribution, identify, modelFields } from './identify.ts';
import { OWNER } from './owner.ts';
import { parseError } from './parse-error.ts';
import { parseRequest } from './parse-request.ts';
import { meterResponse, parseResponse } from './parse-response.ts';
import { parseStream } from './parse-stream.ts';
import { relay } from './relay.ts';
import { route, upstreamPath } from './route.ts';

/** Google's Gemini API, v1beta: https://ai.google.dev/api */
export const gemini: Dialect = {
  name: 'gemini',
  owner: OWNER,
  route,
  identify,
  attribution,
  modelFields,
  upstreamPath,
  generate: {
    parseRequest,
    formatRequest,
    parseResponse,
    meterResponse,
    formatResponse,
    parseStream,
    formatStream,
    relay,
  },
  embed,
  count,
  parseError,
  formatError,
  formatModels,
};
