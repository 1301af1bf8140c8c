import type { Reasoning } from '../../core/content.ts';
import type { Json } from '../../core/json.ts';
import type { Fields } from '../wire/fields.ts';

const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const;

/** `thinking` and `output_config.effort`; undefined when the client leaves both to the model. */
export function parseReasoning(
  fields: Fields,
  outputConfig: Fields | undefined,
  extras: Record<string, Json>,
): Reasoning | undefined {
  const effort = outputConfig?.optionalOneOf('effort', EFFORTS);
  const asked = effort === undefined ? {} : { effort };
  const thinking = fields.optionalObject('thinking');
  if (!thinking) return effort === undefined ? undefined : asked;
  const display = thinking.optionalOneOf('display', ['summarized', 'omitted']);
  const shown = display === undefined ? {} : { visible: display === 'summarized' };
  const budgetTokens = thinking.optionalInteger('budget_tokens');
  const type = thinking.string('type');
  Object.assign(extras, thinking.rest());
  switch (type) {
    case 'disabled':
      if (outputConfig && effort !== undefined) extras[outputConfig.pathOf('effort')] = effort;
      return { effort: 'none' };
    case 'enabled':
      if (budgetTokens === undefined)
        throw thinking.wrong('budget_tokens', 'a whole number of at least 1024');
      // With a budget the thoughts are summarised for the client unless it says otherwise.
      return { visible: true, ...asked, budgetTokens, ...shown };
    case 'adaptive':
      return { ...asked, ...shown };
    case 'between_tools':
      extras[thinking.pathOf('type')] = type;
      return { effort: 'minimal', ...shown };
    default:
      throw thinking.wrong('type', 'one of enabled, adaptive, between_tools, disabled');
  }
}
