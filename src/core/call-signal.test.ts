import { expect, test, vi } from 'vitest';
import { abortSignalOf, CallAbort, type CallSignal } from './call-signal.ts';

test('tells each listener once, and none that was taken back or came too late', () => {
  const abort = new CallAbort();
  const [told, twice, removed, late] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()];
  abort.addEventListener('abort', told);
  abort.addEventListener('abort', twice);
  abort.addEventListener('abort', twice);
  abort.addEventListener('abort', removed);
  abort.removeEventListener('abort', removed);
  abort.removeEventListener('abort', late);

  expect(abort.aborted).toBe(false);
  abort.abort();
  abort.abort();
  abort.addEventListener('abort', late);

  expect(abort.aborted).toBe(true);
  expect(told).toHaveBeenCalledTimes(1);
  expect(twice).toHaveBeenCalledTimes(1);
  expect(removed).not.toHaveBeenCalled();
  expect(late).not.toHaveBeenCalled();
});

test('a listener may leave while it is told', () => {
  const abort = new CallAbort();
  const second = vi.fn();
  const first = (): void => abort.removeEventListener('abort', first);
  abort.addEventListener('abort', first);
  abort.addEventListener('abort', second);
  abort.abort();
  expect(second).toHaveBeenCalledTimes(1);
});

test('gives one real AbortSignal, before and after the end', () => {
  const abort = new CallAbort();
  const signal = abortSignalOf(abort);
  expect(abortSignalOf(abort)).toBe(signal);
  expect(signal.aborted).toBe(false);
  abort.abort();
  expect(signal.aborted).toBe(true);

  const over = new CallAbort();
  over.abort();
  expect(abortSignalOf(over).aborted).toBe(true);
});

test('leaves a real AbortSignal as it is, and follows one of another kind', () => {
  const { signal } = new AbortController();
  expect(abortSignalOf(signal)).toBe(signal);

  const abort = new CallAbort();
  const other: CallSignal = {
    get aborted() {
      return abort.aborted;
    },
    addEventListener: (type, listener) => abort.addEventListener(type, listener),
    removeEventListener: (type, listener) => abort.removeEventListener(type, listener),
  };
  const followed = abortSignalOf(other);
  expect(followed.aborted).toBe(false);
  abort.abort();
  expect(followed.aborted).toBe(true);
  expect(abortSignalOf(other).aborted).toBe(true);
});
