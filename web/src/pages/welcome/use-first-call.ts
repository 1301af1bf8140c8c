import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { anyCallQuery } from '../../api/queries.ts';

/**
 * Asked when a view has no calls: whether the ledger has any at all. Undefined until that is known. Once the first
 * comes, all figures are asked for again.
 */
export function useHasCalls(asked: boolean): boolean | undefined {
  const { data } = useQuery({ ...anyCallQuery(), enabled: asked });
  const queryClient = useQueryClient();
  const hasCalls = data && data.calls.length > 0;
  const had = useRef(hasCalls);

  useEffect(() => {
    if (had.current === false && hasCalls) void queryClient.invalidateQueries();
    had.current = hasCalls;
  }, [hasCalls, queryClient]);

  return hasCalls;
}
