import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { processChannel } from '../../core/channel.ts';
import { CONTROL, type ToPrimary } from './messages.ts';
import { connectToPrimary } from './primary.ts';

/** Two ends of a process line; what one sends the other hears. */
function linePair() {
  const ends = [new EventEmitter(), new EventEmitter()] as const;
  const end = (own: EventEmitter, other: EventEmitter) =>
    Object.assign(own, {
      connected: true,
      send: (message: unknown) => other.emit('message', structuredClone(message)),
    });
  return { worker: end(ends[0], ends[1]), primary: end(ends[1], ends[0]) };
}

function connected() {
  const { worker, primary } = linePair();
  const heard: ToPrimary[] = [];
  const control = processChannel(primary, CONTROL);
  control.receive((message) => heard.push(message as ToPrimary));
  return { link: connectToPrimary(worker), control, heard, primary, worker };
}

describe('a worker', () => {
  it('asks for its orders and begins when it has them', async () => {
    const { link, control, heard } = connected();
    expect(heard).toEqual([{ kind: 'ready' }]);
    const orders = { token: 't', startedAt: '2026-11-24T09:00:00.000Z', workers: 2 };
    control.send({ kind: 'begin', orders });
    expect(await link.orders).toEqual(orders);
  });

  it('finishes when told to, and when its primary is gone', () => {
    const told = connected();
    expect(told.link.signal.aborted).toBe(false);
    told.control.send({ kind: 'shutdown' });
    expect(told.link.signal.aborted).toBe(true);
    const orphan = connected();
    orphan.worker.emit('disconnect');
    expect(orphan.link.signal.aborted).toBe(true);
  });

  it('asks for the metrics of all and gives its own', async () => {
    const { link, control, heard } = connected();
    const [first, second] = [link.metrics(), link.metrics()];
    control.send({ kind: 'metrics', id: 2, text: 'two' });
    control.send({ kind: 'metrics', id: 1, text: 'one' });
    expect(await Promise.all([first, second])).toEqual(['one', 'two']);
    link.onSnapshot(async () => []);
    control.send({ kind: 'snapshot?', id: 7 });
    await Promise.resolve();
    await Promise.resolve();
    expect(heard.at(-1)).toEqual({ kind: 'snapshot', id: 7, snapshot: [] });
  });

  it('reads its configuration again when told to', () => {
    const { link, control } = connected();
    let times = 0;
    link.onReload(() => (times += 1));
    control.send({ kind: 'reload' });
    expect(times).toBe(1);
  });
});
