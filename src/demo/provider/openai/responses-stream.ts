import type { JsonObject } from '../../../core/json.ts';
import type { Scenario } from '../scenario.ts';
import { slices } from '../words.ts';
import { sse } from '../wire.ts';
import { endedAs, logprobsOf, outputItems, responseObject } from './responses-answer.ts';
import type { CallItem, MessageItem, OutputItem, ReasoningItem, ResponsesMeta } from './responses-answer.ts';

interface Event {
  readonly type: string;
  readonly [field: string]: JsonObject[string];
}

/** Where an item's events belong. */
type Place = { readonly output_index: number; readonly item_id: string };

/** The events of a streamed response, numbered from 0, named in both the SSE line and the data. */
export function responsesEvents(scenario: Scenario, meta: ResponsesMeta): string[] {
  const items = outputItems(scenario, meta);
  const begun = responseObject(scenario, meta, [], false);
  const events: Event[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...items.flatMap((item, index) => itemEvents(item, index, scenario, meta)),
    { type: `response.${endedAs(scenario)}`, response: responseObject(scenario, meta, items, true) },
  ];
  return events.map(({ type, ...rest }, sequence) => sse({ type, sequence_number: sequence, ...rest }, type));
}

function itemEvents(
  item: OutputItem,
  output_index: number,
  scenario: Scenario,
  meta: ResponsesMeta,
): Event[] {
  const at = { output_index, item_id: item.id };
  return [
    { type: 'response.output_item.added', output_index, item: opened(item) },
    ...innerEvents(item, at, scenario, meta),
    { type: 'response.output_item.done', output_index, item },
  ];
}

function opened(item: OutputItem): OutputItem {
  switch (item.type) {
    case 'message':
      return { ...item, status: 'in_progress', content: [] };
    case 'function_call':
      return { ...item, status: 'in_progress', arguments: '' };
    case 'reasoning':
      return { ...item, summary: [] };
  }
}

function innerEvents(item: OutputItem, at: Place, scenario: Scenario, meta: ResponsesMeta): Event[] {
  switch (item.type) {
    case 'message':
      return messageEvents(item, at, scenario, meta);
    case 'function_call':
      return callEvents(item, at);
    case 'reasoning':
      return summaryEvents(item, at, scenario);
  }
}

function messageEvents(
  { content }: MessageItem,
  at: Place,
  scenario: Scenario,
  { body }: ResponsesMeta,
): Event[] {
  const { text } = scenario;
  const tokens = logprobsOf(scenario, body);
  const place = { ...at, content_index: 0 };
  const part = content[0] ?? {};
  return [
    { type: 'response.content_part.added', ...place, part: { ...part, text: '', logprobs: [] } },
    ...text.map((delta, index) => ({
      type: 'response.output_text.delta',
      ...place,
      delta,
      logprobs: tokens.slice(index, index + 1),
    })),
    { type: 'response.output_text.done', ...place, text: text.join(''), logprobs: tokens },
    { type: 'response.content_part.done', ...place, part },
  ];
}

function callEvents(item: CallItem, at: Place): Event[] {
  return [
    ...slices(item.arguments).map((delta) => ({
      type: 'response.function_call_arguments.delta',
      ...at,
      delta,
    })),
    { type: 'response.function_call_arguments.done', ...at, arguments: item.arguments, name: item.name },
  ];
}

/** Thoughts that are kept hidden have no events of their own. */
function summaryEvents({ summary }: ReasoningItem, at: Place, { reasoning }: Scenario): Event[] {
  const part = summary[0];
  if (!part) return [];
  const place = { ...at, summary_index: 0 };
  return [
    { type: 'response.reasoning_summary_part.added', ...place, part: { ...part, text: '' } },
    ...reasoning.map((delta) => ({ type: 'response.reasoning_summary_text.delta', ...place, delta })),
    { type: 'response.reasoning_summary_text.done', ...place, text: reasoning.join('') },
    { type: 'response.reasoning_summary_part.done', ...place, part },
  ];
}
