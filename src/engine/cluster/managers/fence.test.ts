import { describe, expect, it } from 'vitest';
import { fenceOf, type LeaseGate } from './fence.ts';

const SHARDS = [{ id: 'l/0', blocks: 8, address: { host: 'h', port: 1 } }];

function slowGate(): { readonly gate: LeaseGate; readonly log: string[] } {
  const log: string[] = [];
  const step = async (what: string): Promise<void> => {
    await Promise.resolve();
    log.push(what);
    if (what.includes('9')) throw new Error('the shard does not answer');
  };
  return {
    log,
    gate: {
      lease: (shard, blocks, to) => step(`lease ${shard} ${blocks.join()} ${to}`),
      unlease: (shard, blocks, from) => step(`unlease ${shard} ${blocks.join()} ${from}`),
      expel: (instance) => step(`expel ${instance}`),
    },
  };
}

describe('a fence', () => {
  it('does one thing after the other, and says when each is in force', async () => {
    const { gate, log } = slowGate();
    const fence = fenceOf(gate, SHARDS, () => {});
    await new Promise<void>((resolve) => {
      fence.permit('l/0', [1, 2], 'a', () => log.push('permitted'));
      fence.revoke('l/0', [1], 'a', () => log.push('revoked'));
      fence.expel('a', () => {
        log.push('expelled');
        resolve();
      });
    });
    expect(log).toEqual([
      'lease l/0 1,2 a',
      'permitted',
      'unlease l/0 1 a',
      'revoked',
      'unlease l/0 2 a',
      'expel a',
      'expelled',
    ]);
  });

  it('calls nobody back for what failed, and goes on', async () => {
    const { gate, log } = slowGate();
    const problems: string[] = [];
    const fence = fenceOf(gate, SHARDS, (problem) => problems.push(problem));
    await new Promise<void>((resolve) => {
      fence.revoke('l/0', [9], 'a', () => log.push('never'));
      fence.permit('l/0', [1], 'b', resolve);
    });
    expect(log).not.toContain('never');
    expect(problems).toEqual(['a lease cannot be changed: the shard does not answer']);
  });
});
