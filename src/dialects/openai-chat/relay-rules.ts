import type { RelayRules } from '../../core/dialect.ts';
import { isObject } from '../../core/json.ts';

const USAGE = /"usage"\s*:\s*\{/;
const NO_CHOICES = /"choices"\s*:\s*\[\s*\]/;
/**
 * A finish, usage, an error; a choice besides the first, whose finish alone does not end the stream; a piece of a tool
 * call, since a parser that missed how a call began could not tell it from garbage when its last piece brings the finish.
 */
const METERED =
  /"(?:usage"\s*:\s*\{|finish_reason"\s*:\s*"|error"|object"\s*:\s*"error|index"\s*:\s*[1-9]|tool_calls"\s*:\s*\[\s*\{|function_call"\s*:\s*\{)/;

export const relayRules: RelayRules = {
  edits(body) {
    if (body['stream'] !== true) return {};
    const options = body['stream_options'];
    if (!isObject(options)) return { stream_options: { include_usage: true } };
    return options['include_usage'] === true ? {} : { stream_options: { ...options, include_usage: true } };
  },
  isOurs: (data) => data.includes('"usage"') && USAGE.test(data) && NO_CHOICES.test(data),
  isMetered: (event, data) => event === 'error' || data === '[DONE]' || METERED.test(data),
};
