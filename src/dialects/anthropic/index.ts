import type { Dialect } from '../../core/dialect.ts';
import { count } from './count.ts';
import { formatError } from './format-error.ts';
import { formatModels } from './format-models.ts';
import { formatRequest } from './format-request.ts';
import { formatResponse } from './format-response.ts';
import { formatStream } from './format-stream.ts';
import { attribution, identify } from './identify.ts';
import { OWNER } from './owner.ts';
import { parseError } from './parse-error.ts';
import { parseRequest } from './parse-request.ts';
import { meterResponse, parseResponse } from './parse-response.ts';
import { parseStream } from './parse-stream.ts';
import { relay } from './relay.ts';
import { route, upstreamPath } from './route.ts';

/** Anthropic's Messages API, version 2023-06-01: https://docs.claude.com/en/api/messages */
export const anthropic: Dialect = {
  name: 'anthropic',
  owner: OWNER,
  route,
  identify,
  attribution,
  modelFields: (model) => ({ model }),
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
  count,
  parseError,
  formatError,
  formatModels,
};
