import type { CountCodec } from '../../core/dialect.ts';
import { Fields } from '../wire/fields.ts';
import { camelKeys } from './camel-keys.ts';
import { formatCountRequest } from './format-request.ts';
import { parseRequest } from './parse-request.ts';

/** `countTokens`: of bare contents, or of all that a request has besides. */
export const count: CountCodec = {
  parseRequest: (body) => {
    const fields = new Fields(camelKeys(body));
    return parseRequest(fields.optionalJsonObject('generateContentRequest') ?? body);
  },
  formatRequest: formatCountRequest,
  parseResponse: (body) => {
    const fields = new Fields(body, '', 'provider');
    // Protobuf's JSON leaves out a zero.
    const total = fields.optionalInteger('totalTokens') ?? 0;
    if (total < 0) throw fields.wrong('totalTokens', 'a whole number');
    return total;
  },
  formatResponse: (totalTokens) => ({ totalTokens }),
};
