import { uuidv7 } from '../../src/core/ids.ts';
import { usdFromPico } from '../../src/core/money.ts';
import type { CallRecord, CallStatus } from '../../src/core/record.ts';
import { usageOf } from '../../src/core/usage.ts';
import type { Decision } from '../../src/core/decision.ts';
import { callRecord } from './call-record.ts';

/** Varied calls over the days before `until`, the same ones each time. */
export function someCalls(count: number, until: number, days: number): CallRecord[] {
  let seed = 7;
  const random = (): number => {
    seed = (seed * 1_664_525 + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  // A third of the calls has savings, some of one lever twice, some negative.
  const someDecisions = (): Decision[] => {
    const stages = random() < 0.33 ? [pick(['cache', 'compress', 'route']), 'route'] : [];
    const saving = (stage: string): Decision => ({
      stage,
      action: 'acted',
      why: 'a test',
      atMs: 1,
      ...(random() < 0.8 && { savedUsd: usdFromPico(BigInt(Math.floor((random() - 0.2) * 1e10))) }),
    });
    return [
      { stage: 'route', action: 'chose', why: 'a "savedUsd": in words', atMs: 0 },
      ...stages.map(saving),
    ];
  };
  return Array.from({ length: count }, () => {
    const at = Math.floor(until - random() * days * 86_400_000);
    const status = pick<CallStatus>(['ok', 'ok', 'ok', 'ok', 'error', 'aborted']);
    const unpriced = random() < 0.1;
    const totalMs = Math.exp(3 + random() * 7);
    const keyed = random() < 0.7;
    return callRecord({
      id: uuidv7(at),
      startedAt: new Date(at).toISOString(),
      status,
      httpStatus: status === 'ok' ? 200 : pick([429, 502]),
      errorCode: status === 'ok' ? null : pick(['rate_limited', 'upstream_error']),
      errorMessage: status === 'ok' ? null : pick(['too many requests', 'the provider answered 500']),
      dialect: pick(['openai-chat', 'anthropic']),
      operation: pick(['generate', 'generate', 'embed']),
      requestedModel: pick(['fast', 'smart']),
      target: random() < 0.05 ? null : { provider: pick(['openai', 'google']), model: pick(['a', 'b', 'c']) },
      keyId: keyed ? pick(['k1', 'k2']) : null,
      keyName: keyed ? 'a key' : pick(['client:0a1b', null]),
      team: pick(['search', 'chat', null]),
      user: pick(['ana', 'bo', '', null]),
      session: pick(['s1', 's2', null]),
      tags: pick([{}, { env: 'prod' }, { env: 'dev', feature: 'x' }, { feature: 'it\'s "y"' }]),
      usage: usageOf({ input: Math.floor(random() * 5_000), output: Math.floor(random() * 900) }),
      usageSource: pick(['provider', 'estimated', null]),
      costUsd: unpriced ? null : usdFromPico(BigInt(Math.floor(random() * 1e11))),
      unpriced,
      serviceTier: at % 10 === 0 ? 'batch' : 'default',
      totalMs,
      ttftMs: status === 'error' ? null : totalMs * random(),
      overheadMs: random(),
      decisions: someDecisions(),
    });
  });
}
