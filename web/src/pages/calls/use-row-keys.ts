import { type RefObject, useEffect } from 'react';
import { isFocusFree, useShortcut } from '../../components/keyboard.ts';

/** j and k move the focus along the rows' links (`data-call`, or another name), so that Enter opens one; who comes back finds the focus where it was. */
export function useRowKeys(
  list: RefObject<HTMLElement | null>,
  selected: string | undefined,
  loaded: boolean,
  name: 'call' | 'batch' = 'call',
): void {
  const links = () => [...(list.current?.querySelectorAll<HTMLElement>(`a[data-${name}]`) ?? [])];
  const move = (step: 1 | -1) => {
    const all = links();
    const focused = all.findIndex((link) => link === document.activeElement);
    const from = focused >= 0 ? focused : all.findIndex((link) => link.dataset[name] === selected);
    const next = all[Math.max(0, Math.min(from + step, all.length - 1))];
    next?.focus({ preventScroll: true });
    next?.closest('tr, li')?.scrollIntoView({ block: 'nearest' });
  };
  useShortcut('j', () => move(1));
  useShortcut('k', () => move(-1));

  useEffect(() => {
    if (!loaded || !selected || !isFocusFree()) return;
    links()
      .find((link) => link.dataset[name] === selected)
      ?.focus({ preventScroll: true });
    // Only on arrival: later the focus belongs to the reader.
  }, [loaded]);
}
