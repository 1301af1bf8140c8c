import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { EngineReport } from '../../engine/server/index.ts';
import { type ChildLine, connectToSupervisor } from './supervised.ts';

function line(connected = true) {
  const said: unknown[] = [];
  const exits: number[] = [];
  const made = Object.assign(new EventEmitter(), {
    connected,
    send: (message: unknown) => void said.push(message),
    exit: (code: number) => void exits.push(code),
  });
  return { line: made as EventEmitter & ChildLine, said, exits };
}

describe('a supervised engine', () => {
  it('is none when it was started by hand', () => {
    expect(connectToSupervisor(line(false).line)).toBeNull();
  });

  it('says when it is ready and how it does, and ends when it is told to', () => {
    const { line: child, said } = line();
    const supervisor = connectToSupervisor(child);
    const report = { model: 'm' } as EngineReport;
    supervisor?.ready('http://x');
    supervisor?.report(() => report)();
    supervisor?.refused('why');
    expect(said).toEqual([
      { kind: 'ready', url: 'http://x' },
      { kind: 'report', report },
      { kind: 'refused', message: 'why' },
    ]);
    expect(supervisor?.signal.aborted).toBe(false);
    child.emit('message', { kind: 'shutdown' });
    expect(supervisor?.signal.aborted).toBe(true);
  });

  it('ends at once when its supervisor is gone', () => {
    const { line: child, exits } = line();
    connectToSupervisor(child);
    child.emit('disconnect');
    expect(exits).toEqual([1]);
  });
});
