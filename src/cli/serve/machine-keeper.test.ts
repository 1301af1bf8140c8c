import { describe, expect, it } from 'vitest';
import type { ProviderSettings } from '../../core/settings.ts';
import type { GpuSnapshot } from '../../pricing/index.ts';
import type { MachineTimeRow } from '../../store/index.ts';
import { recordingLog } from '../testing/log.contract.ts';
import { keepMachineTime } from './machine-keeper.ts';

const DOLLAR = 1_000_000_000_000n;
const NOW = Date.parse('2026-11-24T12:00:00Z');

function meter(busyMs: number, idleMs: number): GpuSnapshot {
  return {
    busyMs,
    idleMs,
    busyCost: BigInt(busyMs) * DOLLAR,
    idleCost: BigInt(idleMs) * DOLLAR,
    inFlight: 0,
  };
}

const vllm: ProviderSettings = {
  name: 'v',
  kind: 'openai-compatible',
  baseUrl: 'http://v/v1',
  keys: [],
  dialects: null,
  headers: {},
  models: [],
  gpu: { hourlyUsd: '3', count: 4, prefillWeight: 4 },
};

function keeper() {
  const added: (readonly MachineTimeRow[])[] = [];
  const state = { meters: [{ provider: 'v', snapshot: meter(0, 0) }], fail: false };
  const log = recordingLog();
  const kept = keepMachineTime({
    machines: { snapshot: () => state.meters },
    store: {
      add: async (rows) => {
        if (state.fail) throw new Error('away');
        added.push(rows);
      },
      totals: async () => [
        {
          provider: 'v',
          since: '2026-11-24T11:00:00.000Z',
          busyMs: 1,
          idleMs: 3,
          busyCostUsd: '1.000000',
          idleCostUsd: '3.000000',
        },
        {
          provider: 'gone',
          since: '2026-11-24T11:00:00.000Z',
          busyMs: 1,
          idleMs: 3,
          busyCostUsd: '1.000000',
          idleCostUsd: '3.000000',
        },
      ],
    },
    providers: () => ({ v: vllm }),
    clock: { now: () => NOW },
    log,
  });
  return { kept, added, state, log };
}

describe('the time of machines', () => {
  it('is stored as what was counted since the last time', async () => {
    const { kept, added, state } = keeper();
    state.meters = [{ provider: 'v', snapshot: meter(5, 10) }];
    await kept.report();
    state.meters = [{ provider: 'v', snapshot: meter(7, 20) }];
    await kept.close();
    expect(added.flat()).toEqual([
      { at: NOW, provider: 'v', busyMs: 5, idleMs: 10, busyCostUsd: '5.000000', idleCostUsd: '10.000000' },
      { at: NOW, provider: 'v', busyMs: 2, idleMs: 10, busyCostUsd: '2.000000', idleCostUsd: '10.000000' },
    ]);
  });

  it('begins anew when the meter does', async () => {
    const { kept, added, state } = keeper();
    state.meters = [{ provider: 'v', snapshot: meter(5, 10) }];
    await kept.report();
    state.meters = [{ provider: 'v', snapshot: meter(1, 2) }];
    await kept.close();
    expect(added.flat()[1]).toMatchObject({ busyMs: 1, idleMs: 2 });
  });

  it('is kept for later while the store is away', async () => {
    const { kept, added, state, log } = keeper();
    state.meters = [{ provider: 'v', snapshot: meter(5, 10) }];
    state.fail = true;
    await kept.report();
    expect(log.lines[0]).toContain('tried again');
    state.fail = false;
    await kept.close();
    expect(added.flat()).toMatchObject([{ busyMs: 5, idleMs: 10 }]);
  });

  it('is reported with what the machines are, and only those that are configured', async () => {
    const { kept } = keeper();
    expect(await kept.report()).toEqual([
      {
        provider: 'v',
        hourlyUsd: '12.000000',
        gpus: 4,
        since: '2026-11-24T11:00:00.000Z',
        busyMs: 1,
        idleMs: 3,
        busyCostUsd: '1.000000',
        idleCostUsd: '3.000000',
        idleShare: 0.75,
      },
    ]);
    await kept.close();
  });
});
