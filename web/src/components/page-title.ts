import { useEffect } from 'react';

/** Names the browser's tab and history entry after what is shown. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · infinite-llm`;
  }, [title]);
}
