import { usageOf } from '../../src/core/usage.ts';
import type { Usage } from '../../src/core/usage.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { defaultScenario, scenarioOf } from '../fakes/index.ts';
import type { ProviderApi, Script } from '../fakes/index.ts';
import type { Tool } from './driver.ts';

/** Text that breaks naive splitting: accents, quotes, a newline, an emoji of several code points, right-to-left. */
export const SAID = 'Grüße, "world"!\nTabs\tand \\ and 👩‍👩‍👧 and שלום';

export const PIECES = ['Grüße, ', '"world"!\n', 'Tabs\tand ', '\\ and ', '👩‍👩‍👧 and ', 'שלום'];

/** What each provider reports for the scripted answers: every kind that its wire format can tell. */
export const USED: Readonly<Record<ProviderApi, Usage>> = {
  openai: usageOf({ input: 200, cacheRead: 1024, output: 90, reasoning: 40 }),
  anthropic: usageOf({ input: 200, cacheRead: 1000, cacheWrite5m: 300, cacheWrite1h: 50, output: 90 }),
  google: usageOf({ input: 200, cacheRead: 1000, output: 90, reasoning: 40 }),
  'openai-compatible': usageOf({ input: 200, output: 90 }),
};

export const TOOLS: readonly Tool[] = [
  {
    name: 'get_weather',
    description: 'The weather in a city.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer' } },
      required: ['city', 'days'],
      additionalProperties: false,
    },
  },
  {
    name: 'get_time',
    description: 'The time in a zone.',
    parameters: {
      type: 'object',
      properties: { zone: { type: 'string' } },
      required: ['zone'],
      additionalProperties: false,
    },
  },
];

export const CALLS = [
  { name: 'get_weather', arguments: { city: 'Köln "am Rhein"', days: 3 } },
  { name: 'get_time', arguments: { zone: 'Europe/Berlin' } },
];

export const RESULTS: Readonly<Record<string, string>> = {
  get_weather: 'rain, 7 °C',
  get_time: '12:34',
};

export const SCHEMA: JsonObject = {
  type: 'object',
  properties: {
    title: { type: 'string' },
    score: { type: 'integer' },
    tags: { type: 'array', items: { type: 'string', enum: ['a', 'b', 'c'] } },
    author: {
      type: 'object',
      properties: { name: { type: 'string' } },
      required: ['name'],
      additionalProperties: false,
    },
  },
  required: ['title', 'score', 'tags', 'author'],
  additionalProperties: false,
};

/** Scripted answers, chosen by what the last user text asks for. */
export function scriptFor(api: ProviderApi): Script {
  const usage = USED[api];
  return (ask) => {
    if (ask.toolResults.length > 0)
      return scenarioOf(ask, { text: ['I heard: ', ask.toolResults.join(' and ')], usage });
    if (ask.lastUserText.includes('use the tools')) return scenarioOf(ask, { toolCalls: CALLS, usage });
    if (ask.lastUserText.includes('be cut short'))
      return scenarioOf(ask, { text: PIECES.slice(0, 2), finish: 'length', usage });
    if (ask.lastUserText.includes('greet me')) return scenarioOf(ask, { text: PIECES, usage });
    return { ...defaultScenario(ask), usage };
  };
}
