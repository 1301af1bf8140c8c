import { describe, expect, it } from 'vitest';
import { streamFixture } from './fixtures.contract.ts';
import { relayRules } from './relay-rules.ts';

describe('relay rules of chat completions', () => {
  it.each([
    [{ stream: true }, { stream_options: { include_usage: true } }],
    [{ stream: true, stream_options: null }, { stream_options: { include_usage: true } }],
    [
      { stream: true, stream_options: { include_usage: false, include_obfuscation: false } },
      { stream_options: { include_usage: true, include_obfuscation: false } },
    ],
    [{ stream: true, stream_options: { include_usage: true } }, {}],
    [{ stream: false }, {}],
    [{}, {}],
  ])('edits %j by %j', (body, edits) => {
    expect(relayRules.edits(body)).toEqual(edits);
  });

  it('takes the usage chunk alone for ours', () => {
    const ours = streamFixture('stream-parallel-tools.sse').map(({ data }) => relayRules.isOurs(data));
    expect(ours.flatMap((is, index) => (is ? [index] : []))).toEqual([8]);
    expect(relayRules.isOurs('{"choices":[],"prompt_filter_results":[],"usage":null}')).toBe(false);
    expect(relayRules.isOurs('{"choices": [ ], "usage": {"prompt_tokens": 1}}')).toBe(true);
    const quoted = JSON.stringify({ choices: [{ delta: { content: '"choices":[],"usage":{}' } }] });
    expect(relayRules.isOurs(quoted)).toBe(false);
  });

  it.each([
    ['{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}],"usage":null}', false],
    ['{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}', true],
    ['{"choices":[{"index":0,"delta":{},"finish_reason": "length"}]}', true],
    ['{"choices":[{"index":1,"delta":{"content":"x"},"finish_reason":null}]}', true],
    ['{"choices":[],"usage":{"prompt_tokens":1}}', true],
    ['{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{"}}]}}]}', true],
    ['{"choices":[{"index":0,"delta":{"content":"x","tool_calls":[]}}]}', false],
    ['{"error":{"message":"x"}}', true],
    ['[DONE]', true],
  ])('meters %s: %s', (data, is) => {
    expect(relayRules.isMetered(null, data)).toBe(is);
  });
});
