import { useEffect, useRef } from 'react';
import { capital } from '../../format/words.ts';

interface MoreCallsProps {
  /** What comes next, in words. */
  readonly what?: string;
  readonly query: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly isFetchNextPageError: boolean;
    readonly fetchNextPage: () => unknown;
  };
}

/** Fetches the next page when it comes near; the button is for when that failed, and for keyboards. */
export function MoreCalls({ what = 'older calls', query }: MoreCallsProps) {
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = query;
  const end = useRef<HTMLDivElement>(null);
  const idle = hasNextPage && !isFetchingNextPage && !isFetchNextPageError;

  useEffect(() => {
    const element = end.current;
    if (!element || !idle) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) fetchNextPage();
      },
      { rootMargin: '600px' },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [idle, fetchNextPage]);

  return (
    <div ref={end} className="more-calls">
      {hasNextPage ? (
        <button
          type="button"
          className="button"
          disabled={isFetchingNextPage}
          onClick={() => fetchNextPage()}
        >
          {isFetchingNextPage
            ? `Loading ${what}…`
            : isFetchNextPageError
              ? 'That failed. Try again'
              : capital(what)}
        </button>
      ) : (
        <p className="hint">These are all.</p>
      )}
    </div>
  );
}
