import * as fc from 'fast-check';
import {
  type MediaContent,
  type Message,
  type OutputFormat,
  type Prompt,
  REASONING_EFFORTS,
  type TextContent,
  type Tool,
  type ToolCallContent,
  type ToolChoice,
} from '../core/content.ts';
import type { JsonObject } from '../core/json.ts';

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const word = fc.stringMatching(/^[a-z]{1,12}$/);
const base64 = fc.base64String({ minLength: 4, maxLength: 16 });

/** Optional fields without `undefined`, as core types want them. */
function optional<T extends object>(
  fields: { [K in keyof T]: fc.Arbitrary<T[K]> },
): fc.Arbitrary<Partial<T>> {
  return fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
}

const text: fc.Arbitrary<TextContent> = words.map((text) => ({ type: 'text', text }));

const image: fc.Arbitrary<MediaContent> = fc.oneof(
  fc.webUrl().map((url) => ({ type: 'media', mediaType: 'image/*', source: { kind: 'url', url } }) as const),
  fc
    .tuple(fc.constantFrom('image/png', 'image/jpeg', 'image/webp'), base64)
    .map(([mediaType, data]) => ({ type: 'media', mediaType, source: { kind: 'base64', data } }) as const),
);

const pdf: fc.Arbitrary<MediaContent> = fc.tuple(word, base64).map(([name, data]) => ({
  type: 'media',
  mediaType: 'application/pdf',
  source: { kind: 'base64', data },
  filename: `${name}.pdf`,
}));

/** Arguments as every dialect can carry them: the text of a JSON object without white space. */
export const argumentsText: fc.Arbitrary<string> = fc
  .dictionary(word, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 })
  .map((object) => JSON.stringify(JSON.parse(JSON.stringify(object))));

const schema: fc.Arbitrary<JsonObject> = fc.uniqueArray(word, { maxLength: 3 }).map((names) => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
  required: names,
  additionalProperties: false,
}));

const tool = (name: string): fc.Arbitrary<Tool> =>
  fc
    .tuple(
      schema,
      optional<{ description: string; strict: boolean }>({ description: words, strict: fc.boolean() }),
    )
    .map(([parameters, rest]) => ({ name, parameters, ...rest }));

const tools: fc.Arbitrary<readonly Tool[]> = fc
  .uniqueArray(word, { maxLength: 3 })
  .chain((names) => fc.tuple(...names.map(tool)));

/** A question, an answer that may call tools, and then their results. */
const exchange: fc.Arbitrary<readonly Message[]> = fc
  .tuple(
    fc.array(fc.oneof(text, image, pdf), { minLength: 1, maxLength: 3 }),
    fc.option(text, { nil: null }),
    fc.array(fc.tuple(word, argumentsText, words), { maxLength: 3 }),
    fc.option(text, { nil: null }),
  )
  .map(([question, answer, calls, remark]) => {
    const said: (TextContent | ToolCallContent)[] =
      answer || calls.length === 0 ? [answer ?? { type: 'text', text: 'ok' }] : [];
    for (const [name, args] of calls) said.push({ type: 'tool-call', id: '', name, arguments: args });
    const results = calls.map(
      ([name, , result]) =>
        ({
          type: 'tool-result',
          callId: '',
          name,
          content: [{ type: 'text', text: result }],
          isError: false,
        }) as const,
    );
    const messages: Message[] = [
      { role: 'user', content: question },
      { role: 'assistant', content: said },
    ];
    if (results.length > 0)
      messages.push({ role: 'user', content: [...results, ...(remark ? [remark] : [])] });
    return messages;
  });

/** Numbers the calls so that ids are unique, and ties the results to them. */
function numbered(messages: readonly Message[]): Message[] {
  let calls = 0;
  let results = 0;
  return messages.map((message) => {
    if (message.role === 'assistant')
      return {
        ...message,
        content: message.content.map((block) =>
          block.type === 'tool-call' ? { ...block, id: `call_${calls++}` } : block,
        ),
      };
    if (message.role === 'user')
      return {
        ...message,
        content: message.content.map((block) =>
          block.type === 'tool-result' ? { ...block, callId: `call_${results++}` } : block,
        ),
      };
    return message;
  });
}

const messages: fc.Arbitrary<readonly Message[]> = fc
  .tuple(
    fc.option(fc.array(text, { minLength: 1, maxLength: 2 }), { nil: null }),
    fc.array(exchange, { maxLength: 2 }),
    fc.array(text, { minLength: 1, maxLength: 2 }),
  )
  .map(([system, exchanges, last]) => [
    ...(system ? [{ role: 'system', content: system } as const] : []),
    ...numbered(exchanges.flat()),
    { role: 'user', content: last },
  ]);

const format: fc.Arbitrary<OutputFormat> = fc.oneof(
  fc.constant({ kind: 'text' } as const),
  fc.constant({ kind: 'json' } as const),
  fc
    .tuple(
      word,
      schema,
      optional<{ description: string; strict: boolean }>({ description: words, strict: fc.boolean() }),
    )
    .map(([name, schema, rest]) => ({ kind: 'json-schema', name, schema, ...rest }) as const),
);

const unit = fc.double({ min: 0, max: 1, noNaN: true }).map((value) => Math.round(value * 100) / 100);

const sampling: fc.Arbitrary<Prompt['sampling']> = optional<Prompt['sampling']>({
  temperature: unit,
  topP: unit,
  topK: fc.integer({ min: 1, max: 100 }),
  maxOutputTokens: fc.integer({ min: 1, max: 100_000 }),
  stop: fc.array(words, { minLength: 1, maxLength: 4 }),
  seed: fc.nat(),
  frequencyPenalty: unit,
  presencePenalty: unit,
});

const reasoning: fc.Arbitrary<NonNullable<Prompt['reasoning']>> = optional({
  effort: fc.constantFrom(...REASONING_EFFORTS),
  visible: fc.boolean(),
});

/** Prompts without extras, as any client may send them. What a dialect cannot say of them, its test must name. */
export const promptArbitrary: fc.Arbitrary<Prompt> = fc
  .tuple(
    messages,
    tools,
    sampling,
    format,
    fc.record(
      {
        parallelToolCalls: fc.boolean(),
        reasoning,
        user: word,
        metadata: fc.dictionary(word, words, { minKeys: 1, maxKeys: 3 }),
      },
      { requiredKeys: [] },
    ),
    fc.constantFrom<ToolChoice | null>(
      null,
      { kind: 'auto' },
      { kind: 'none' },
      { kind: 'required' },
      { kind: 'tool', name: '' },
    ),
  )
  .map(([messages, tools, sampling, format, { parallelToolCalls, ...rest }, choice]) => ({
    messages,
    tools,
    sampling,
    format,
    ...rest,
    ...(tools[0] && parallelToolCalls !== undefined && { parallelToolCalls }),
    ...(tools[0] &&
      choice && { toolChoice: choice.kind === 'tool' ? { ...choice, name: tools[0].name } : choice }),
    extras: {},
  }));
