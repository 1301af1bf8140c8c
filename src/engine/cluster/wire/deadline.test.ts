import { expect, it } from 'vitest';
import { Deadline } from './deadline.ts';

function started(ms: number): {
  deadline: Deadline;
  expired: Promise<number>;
  came: (amount: number) => void;
} {
  let progress = 0;
  let fire: (at: number) => void = () => undefined;
  const expired = new Promise<number>((resolve) => {
    fire = resolve;
  });
  const deadline = new Deadline(
    ms,
    () => progress,
    () => fire(performance.now()),
  );
  return { deadline, expired, came: (amount) => (progress += amount) };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

it('runs out when nothing comes, and again after it was armed again', async () => {
  const { deadline, expired } = started(20);
  const start = performance.now();
  deadline.arm();
  expect((await expired) - start).toBeGreaterThanOrEqual(18);
  expect(deadline.armed).toBe(false);
  deadline.arm();
  expect(deadline.armed).toBe(true);
  deadline.stop();
});

it('does not run out when what was awaited lay unread while the thread was busy', async () => {
  const { deadline, expired } = started(20);
  deadline.arm();
  // What the sockets would do in the next turn of the loop.
  setImmediate(() => setImmediate(() => deadline.disarm()));
  block(60);
  const late = new Promise((resolve) => setTimeout(resolve, 60, 'late'));
  expect(await Promise.race([expired, late])).toBe('late');
});

it('waits while something comes in every turn, but not for longer than twice the time', async () => {
  const { deadline, expired, came } = started(30);
  const start = performance.now();
  deadline.arm();
  let over = false;
  void expired.then(() => (over = true));
  while (!over) {
    came(1);
    await turn();
  }
  expect((await expired) - start).toBeGreaterThanOrEqual(58);
});

it('never runs out once it was stopped', async () => {
  const { deadline, expired } = started(10);
  deadline.arm();
  deadline.stop();
  const late = new Promise((resolve) => setTimeout(resolve, 50, 'late'));
  expect(await Promise.race([expired, late])).toBe('late');
});
