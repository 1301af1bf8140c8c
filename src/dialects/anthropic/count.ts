import type { CountCodec } from '../../core/dialect.ts';
import { Fields } from '../wire/fields.ts';
import { formatCountRequest } from './format-request.ts';
import { parseRequest } from './parse-request.ts';

/** `POST /v1/messages/count_tokens` */
export const count: CountCodec = {
  parseRequest,
  formatRequest: formatCountRequest,
  parseResponse: (body) => {
    const fields = new Fields(body, '', 'provider');
    const inputTokens = fields.optionalInteger('input_tokens');
    if (inputTokens === undefined || inputTokens < 0) throw fields.wrong('input_tokens', 'a whole number');
    return inputTokens;
  },
  formatResponse: (inputTokens) => ({ input_tokens: inputTokens }),
};
