import type { EmbedCodec } from '../../../core/dialect.ts';
import { formatRequest } from './format-request.ts';
import { formatResponse } from './format-response.ts';
import { parseRequest } from './parse-request.ts';
import { meterResponse, parseResponse } from './parse-response.ts';

export const embeddings: EmbedCodec = {
  parseRequest,
  formatRequest,
  parseResponse,
  meterResponse,
  formatResponse,
};
