import { describe, expect, it } from 'vitest';
import { defaultScenario } from '../fakes/index.ts';
import type { Ask } from '../fakes/index.ts';
import { gateway } from './shared-gateway.ts';
import { CONVERSATIONS } from './conversations.ts';
import type { Conversation } from './conversations.ts';
import { TARGETS } from './targets.ts';

/** Answers by default; what was asked is kept. */
function listen(): Ask[] {
  const asks: Ask[] = [];
  for (const fake of Object.values(gateway.providers)) {
    fake.script((ask) => {
      asks.push(ask);
      return defaultScenario(ask);
    });
  }
  return asks;
}

const PATHS: Readonly<Record<Conversation['dialect'], string>> = {
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  anthropic: '/v1/messages',
  gemini: '',
};

/** The fake providers are as strict as the real ones: whatever they take was said in their own way. */
describe.each(CONVERSATIONS)('$dialect: $name', ({ dialect, body, asks: expected }) => {
  // A relay passes on the client's own mistakes; here it is the translations that count.
  const targets = TARGETS.filter(({ api }) => !relayed(dialect, api));

  it.each(targets)('for $api', async ({ alias }) => {
    const asks = listen();
    const inPath = dialect === 'gemini';
    const response = await fetch(
      gateway.origin + (inPath ? `/v1beta/models/${alias}:generateContent` : PATHS[dialect]),
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
        body: JSON.stringify(inPath ? body : { ...body, model: alias }),
      },
    );
    const text = await response.text();
    expect([response.status, response.ok ? '' : text]).toEqual([200, '']);
    expect(asks).toMatchObject([expected ?? {}]);
  });
});

function relayed(dialect: Conversation['dialect'], api: string): boolean {
  switch (dialect) {
    case 'openai-chat':
      return api === 'openai' || api === 'openai-compatible';
    case 'openai-responses':
      return api === 'openai';
    case 'anthropic':
      return api === 'anthropic';
    case 'gemini':
      return api === 'google';
  }
}

describe('what a target cannot express', () => {
  it('is told in a header and in the row, and the rest is sent', async () => {
    const response = await fetch(`${gateway.origin}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-illm-session': 'warned' },
      body: JSON.stringify({
        model: 'on-anthropic',
        seed: 7,
        logit_bias: { '1': 2 },
        messages: [{ role: 'user', content: 'hi' }],
      }),
    });
    expect(response.status).toBe(200);
    const warning = response.headers.get('x-illm-warning');
    expect(warning).toContain('seed');
    expect(warning).toContain('logit_bias');
    const [row] = await gateway.calls({ session: 'warned' });
    expect(row!.target?.provider).toBe('anthropic');
  });
});
