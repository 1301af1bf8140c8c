import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fakeKeys, fakeLedger, virtualKey } from '../../api/testing/fake-deps.contract.ts';
import { callRecord, CALL_ID, listedCall } from '../../api/testing/record.contract.ts';
import { NO_USAGE, usageOf } from '../../core/usage.ts';
import { runCommand } from '../testing/run.contract.ts';

const SUMS = {
  calls: 1,
  errors: 0,
  aborted: 0,
  unpricedCalls: 0,
  estimatedCalls: 0,
  usage: NO_USAGE,
  costUsd: '0.000000',
};

describe('spend', () => {
  it('shows exact sums as a table with a total', async () => {
    const ledger = fakeLedger();
    const rows = [
      {
        ...SUMS,
        group: { team: 'search', model: 'gpt-4o' },
        calls: 1200,
        usage: usageOf({ input: 1_234_567, output: 5 }),
        costUsd: '12.345678901',
      },
      { ...SUMS, group: { team: null, model: 'gpt-4o-mini' }, costUsd: '0.000027' },
    ];
    const total = {
      ...SUMS,
      calls: 1201,
      unpricedCalls: 2,
      usage: usageOf({ input: 1_234_567, output: 5 }),
      costUsd: '12.345705901',
    };
    const spend: typeof ledger.spend = async ({ filter, groupBy }) => ({
      from: filter.from,
      to: filter.to,
      groupBy: [...groupBy],
      rows,
      total,
    });
    const { code, out } = await runCommand(['spend', '--by', 'team,model', '--since', '7d'], {
      ledger: { ...ledger, spend },
    });
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "2026-11-17 12:00:00 to 2026-11-24 12:00:01 UTC
      team    model        calls  errors      input  cached  output           cost
      search  gpt-4o       1,200       0  1,234,567       0       5  $12.345678901
      –       gpt-4o-mini      1       0          0       0       0   $0.000027000
      total                1,201       0  1,234,567       0       5  $12.345705901
      2 calls have no known price and are not in the cost; set one under prices.rules.
      "
    `);
  });

  it('passes its filters on', async () => {
    const ledger = fakeLedger();
    const line = [
      'spend',
      '--by',
      'day',
      '--since',
      '2026-11-01',
      '--until',
      '1h',
      '--team',
      'a',
      '--tag',
      'x:1',
      '--tag',
      'y:2',
      '--unpriced',
      '--limit',
      '5',
    ];
    expect((await runCommand(line, { ledger })).code).toBe(0);
    expect(ledger.asked[0]).toMatchObject({
      groupBy: ['day'],
      limit: 5,
      filter: {
        from: '2026-11-01T00:00:00.000Z',
        to: '2026-11-24T11:00:00.000Z',
        team: 'a',
        tags: [
          { name: 'x', value: '1' },
          { name: 'y', value: '2' },
        ],
        unpricedOnly: true,
      },
    });
  });

  it('prints the API’s answer for programs', async () => {
    const { out } = await runCommand(['spend', '--json']);
    expect(JSON.parse(out)).toMatchObject({ groupBy: ['model'], total: { costUsd: '0.000027' } });
  });

  it('says what is wrong with a dimension, as a usage error', async () => {
    const { code, err, out } = await runCommand(['spend', '--by', 'modle']);
    expect(code).toBe(2);
    expect(err).toBe('error: query.groupBy has no dimension "modle". Did you mean "model"?\n');
    expect(out).toBe('');
  });
});

describe('calls', () => {
  it('shows a table', async () => {
    const { code, out } = await runCommand(['calls']);
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "time (UTC)           status  model               caller  input  cached  output       cost   first   total  id
      2026-11-24 10:00:00  ok      openai/gpt-4o-mini  search    100       0      20  $0.000027  211 ms  900 ms  01938c6e-1111-7000-8000-000000000001
      2026-11-24 10:00:00  ok      openai/gpt-4o-mini  search    100       0      20  $0.000027  211 ms  900 ms  01938c6e-1111-7000-8000-000000000001
      "
    `);
  });

  it('reads as many pages as are needed', async () => {
    const ledger = fakeLedger();
    const { out } = await runCommand(['calls', '--limit', '600', '--json'], { ledger });
    expect(ledger.asked.map(({ page }) => page)).toEqual([
      { limit: 500, cursor: null },
      { limit: 500, cursor: 'next' },
    ]);
    const lines = out.trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ id: CALL_ID });
  });

  it('follows calls as they finish until interrupted', async () => {
    let told = false;
    const ledger = {
      ...fakeLedger(),
      tail: async (mark: string | null) => {
        const calls =
          mark !== null && !told ? [listedCall({ team: 'other' }), listedCall({ user: 'me\u001b[2J' })] : [];
        told ||= mark !== null;
        return { mark: '1', calls };
      },
    };
    const { code, out } = await runCommand(['calls', '--follow', '--team', 'search'], { ledger }, CALL_ID);
    expect(code).toBe(0);
    expect(out.trim().split('\n')).toHaveLength(1);
    expect(out).toContain('openai/gpt-4o-mini');
    expect(out).not.toContain('\u001b');
  });

  it('refuses a limit that is none', async () => {
    const { code, err } = await runCommand(['calls', '--limit', 'many']);
    expect(code).toBe(2);
    expect(err).toContain('whole number from 1 to 100000');
  });
});

describe('call', () => {
  it('shows the bill and what was decided', async () => {
    const { out } = await runCommand(['call', CALL_ID]);
    expect(out).toMatchInlineSnapshot(`
      "call          01938c6e-1111-7000-8000-000000000001
      started       2026-11-24 10:00:00 UTC
      status        ok (200)
      asked for     fast by openai-chat, generate, streamed
      sent to       openai/gpt-4o-mini
      served by     gpt-4o-mini-2024-07-18
      attempts      1
      finish        stop
      team          search
      tags          feature:answers
      used          input 100, output 20 (provider)
      tier          default
      first content 211 ms
      total         900 ms, of which 0.30 ms in the gateway

      Bill
      kind   units                      rate       cost
      input    100  $0.15 per million tokens  $0.000015
      $0.000027 in all, by genai-prices@0.1.8

      On its way
           at  stage  did    why
      0.10 ms  route  chose  The first target of fast.
      "
    `);
  });

  it('shows what each decision saved, and what it would have cost', async () => {
    const decisions = [
      {
        stage: 'compress',
        action: 'shortened',
        why: 'The tool output repeats.',
        atMs: 1,
        savedUsd: '0.0103',
      },
      { stage: 'route', action: 'chose', why: 'Cheap enough.', atMs: 2, savedUsd: '-0.000001' },
      { stage: 'retry', action: 'retried', why: 'It was busy.', atMs: 3 },
    ];
    const ledger = { ...fakeLedger(), call: async () => callRecord({ decisions }) };
    const { out } = await runCommand(['call', CALL_ID], { ledger });
    expect(out.slice(out.indexOf('On its way'))).toMatchInlineSnapshot(`
      "On its way
        at  stage     did             saved  why
      1 ms  compress  shortened   $0.010300  The tool output repeats.
      2 ms  route     chose      -$0.000001  Cheap enough.
      3 ms  retry     retried             –  It was busy.
      $0.010299 saved: $0.000027 in place of $0.010326
      "
    `);
  });

  it('fails when there is none', async () => {
    const { code, err } = await runCommand(['call', '01938c6e-1111-7000-8000-00000000ffff']);
    expect(code).toBe(1);
    expect(err).toContain('There is no call');
  });
});

describe('keys', () => {
  it('prints the secret alone on standard output', async () => {
    const line = [
      'keys',
      'create',
      'ci',
      '--team',
      'a',
      '--tag',
      'env=prod',
      '--tag',
      'x:y=z',
      '--expires',
      '90d',
      '--admin',
    ];
    const keys = fakeKeys();
    const { code, out, err } = await runCommand(line, { keys });
    expect(code).toBe(0);
    expect(out).toBe('sk-illm-ci\n');
    expect(err).toContain('not shown again');
    expect(await keys.list()).toMatchObject([
      {
        name: 'ci',
        team: 'a',
        scope: 'admin',
        tags: { env: 'prod', x: 'y=z' },
        expiresAt: '2027-02-22T12:00:00.000Z',
      },
    ]);
  });

  it('creates keys with limits, and lists those', async () => {
    const keys = fakeKeys();
    const line = ['keys', 'create', 'ci', '--budget', '10/month', '--rpm', '60', '--concurrency', '4'];
    expect((await runCommand(line, { keys })).code).toBe(0);
    expect(await keys.list()).toMatchObject([
      {
        limits: {
          budget: { limitUsd: '10', per: 'month' },
          requestsPerMinute: 60,
          tokensPerMinute: null,
          concurrency: 4,
        },
      },
    ]);
    const { out } = await runCommand(['keys', 'list'], { keys });
    expect(out).toContain('$10 a month, 60 requests a minute, 4 at');
  });

  it('lists keys with their state', async () => {
    const keys = fakeKeys(
      virtualKey({ name: 'live', team: 'search' }),
      virtualKey({ id: '1', name: 'gone', revokedAt: '2026-11-02T00:00:00.000Z' }),
      virtualKey({ id: '2', name: 'over', expiresAt: '2026-11-02T00:00:00.000Z', scope: 'admin' }),
    );
    const { out, err } = await runCommand(['keys', 'list'], { keys });
    expect(err).toBe('');
    expect(out).toMatchInlineSnapshot(`
      "name  secret       scope  team    user  state    last used (UTC)  spent in 30 days  id
      live  sk-illm-ci…  call   search  –     active   never                   $1.000000  01938c6e-2222-7000-8000-000000000009
      gone  sk-illm-ci…  call   –       –     revoked  never                   $1.000000  1
      over  sk-illm-ci…  admin  –       –     expired  never                   $1.000000  2
      "
    `);
    expect((await runCommand(['keys', 'list'])).out).toContain('keys create');
  });

  it('revokes', async () => {
    const keys = fakeKeys(virtualKey({}));
    const id = '01938c6e-2222-7000-8000-000000000009';
    expect((await runCommand(['keys', 'revoke', id], { keys })).out).toBe('Revoked ci (sk-illm-ci…).\n');
    expect((await runCommand(['keys', 'revoke', 'x'], { keys })).code).toBe(2);
  });

  it.each([
    [['--budget', '10'], '10/month'],
    [['--rpm', '0'], 'above 0'],
    [['--expires', 'soon'], 'ISO 8601'],
    [['--expires', '2020-01-01'], 'in the past'],
    [['--tag', 'prod'], 'name:value'],
  ])('refuses %j', async (options, message) => {
    const { code, err } = await runCommand(['keys', 'create', 'a', ...options]);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe('config', () => {
  it('prints the JSON Schema that is committed', async () => {
    const committed = readFileSync(new URL('../../../infinite-llm.schema.json', import.meta.url), 'utf8');
    expect((await runCommand(['config', 'schema'])).out).toBe(committed);
  });
});

describe('help', () => {
  const COMMANDS = [
    '',
    'serve',
    'demo',
    'spend',
    'savings',
    'calls',
    'call',
    'keys',
    'keys create',
    'keys list',
    'keys revoke',
    'config',
    'config check',
    'config show',
    'config schema',
  ];

  it.each(COMMANDS)('of "%s" is printed, within 100 columns of text', async (command) => {
    const { code, out, err } = await runCommand([...command.split(' ').filter(Boolean), '--help']);
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toContain(`Usage: infinite-llm ${command}`.trim());
  });

  it.each(['', 'serve', 'demo', 'spend', 'savings', 'calls', 'call', 'keys', 'keys create', 'config'])(
    'of "%s" has an example',
    async (command) => {
      const { out } = await runCommand([...command.split(' ').filter(Boolean), '--help']);
      expect(out).toMatch(/\nExamples?:\n {2}infinite-llm /);
    },
  );

  it('is offered for a command that is none', async () => {
    const { code, err } = await runCommand(['spent']);
    expect(code).toBe(2);
    expect(err).toMatch(/unknown command 'spent'\n\(Did you mean spend\?\)/);
    expect((await runCommand(['spend', '--bye', 'x'])).code).toBe(2);
  });

  it('is what a bare command line gets', async () => {
    const { code, err } = await runCommand([]);
    expect(code).toBe(2);
    expect(err).toContain('Usage: infinite-llm');
  });
});
