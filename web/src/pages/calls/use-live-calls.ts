import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { adminKey, onAdminKeyChange } from '../../api/admin-key.ts';
import { followCalls, type LiveState } from '../../api/live-calls.ts';
import type { Params } from '../../api/request.ts';
import type { CallView } from '../../api/types.ts';

const MOST_LIVE = 500;
const BATCH_MS = 200;
/** Further down the page new rows would move what is being read: they wait. */
const TOP_PX = 120;

export interface LiveCalls {
  readonly state: LiveState | 'off';
  readonly shown: readonly CallView[];
  /** Arrived while the reader was further down. */
  readonly waiting: number;
  readonly showWaiting: () => void;
}

const NONE: readonly CallView[] = [];

/** Calls that finish while the page looks, newest first, in batches so that a busy gateway does not busy the page. */
export function useLiveCalls(params: Params, on: boolean): LiveCalls {
  const [state, setState] = useState<LiveState | 'off'>('off');
  const [shown, setShown] = useState(NONE);
  const [waiting, setWaiting] = useState(NONE);
  const key = useSyncExternalStore(onAdminKeyChange, adminKey);
  const scope = JSON.stringify(params);
  const latest = useRef(params);

  useEffect(() => {
    latest.current = params;
  });

  useEffect(() => {
    setShown(NONE);
    setWaiting(NONE);
    setState('off');
    if (!on) return;
    const stop = new AbortController();
    let batch: CallView[] = [];
    const flush = setInterval(() => {
      if (batch.length === 0) return;
      const arrived = batch;
      batch = [];
      const put = window.scrollY < TOP_PX ? setShown : setWaiting;
      put((before) => [...arrived, ...before].slice(0, MOST_LIVE));
    }, BATCH_MS);
    void followCalls(
      latest.current,
      { onCall: (call) => batch.unshift(call), onState: setState },
      stop.signal,
    );
    return () => {
      stop.abort();
      clearInterval(flush);
    };
    // A stream that was refused is asked for again with a new key.
  }, [scope, on, key]);

  const showWaiting = () => {
    setShown((before) => [...waiting, ...before].slice(0, MOST_LIVE));
    setWaiting(NONE);
    window.scrollTo({ top: 0 });
  };
  return { state, shown, waiting: waiting.length, showWaiting };
}
