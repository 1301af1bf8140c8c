import { describe, expect, it } from 'vitest';
import type { EngineSettings, ProviderSettings } from '../../core/settings.ts';
import { machineTimeRefusal } from './machine-time.ts';

const provider = (name: string, gpu: ProviderSettings['gpu']): ProviderSettings => ({
  name,
  kind: 'openai-compatible',
  baseUrl: 'http://127.0.0.1:8000/v1',
  keys: [],
  dialects: null,
  headers: {},
  models: [],
  gpu,
});

const engine: EngineSettings = {
  enabled: 'auto',
  models: null,
  kvMemoryBytes: 1,
  kvType: 'bf16',
  arithmetic: 'auto',
  advertise: null,
  contexts: null,
  threads: null,
  maxSequences: null,
  maxStepTokens: null,
  listen: null,
  join: [],
  tls: null,
  machine: null,
};

describe('machine time under several workers', () => {
  it('is refused where machines are paid by the hour, with what to do', () => {
    const ours = provider('ours', { hourlyUsd: '3', count: 4, prefillWeight: 4 });
    expect(machineTimeRefusal({ providers: { ours, openai: provider('openai', null) }, engine })).toBe(
      'providers.ours.gpu: machine time cannot be shared out among several workers. Serve with one worker, or price these models by prices.rules instead.',
    );
  });

  it('is refused for the engine of this machine, unless it is off', () => {
    const priced = { ...engine, machine: { hourlyUsd: '0.1', count: 1, prefillWeight: 4 } };
    expect(machineTimeRefusal({ providers: {}, engine: priced })).toContain('engine.machine: machine time');
    expect(machineTimeRefusal({ providers: {}, engine: { ...priced, enabled: false } })).toBeNull();
  });

  it('is no matter elsewhere', () => {
    expect(machineTimeRefusal({ providers: { openai: provider('openai', null) }, engine })).toBeNull();
  });
});
