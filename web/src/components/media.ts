import { useSyncExternalStore } from 'react';

/** Below this width lists are cards and the navigation is at the bottom; the style sheets use the same. */
const PHONE = window.matchMedia('(max-width: 720px)');

export function useIsPhone(): boolean {
  return useSyncExternalStore(
    (listener) => {
      PHONE.addEventListener('change', listener);
      return () => PHONE.removeEventListener('change', listener);
    },
    () => PHONE.matches,
  );
}
