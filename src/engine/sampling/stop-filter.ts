import { EngineError } from '../ports.ts';

export interface StopFilter {
  /** Text that is certainly part of the answer, and whether a stop text has come; what follows one is dropped. */
  push(text: string): { readonly emit: string; readonly stopped: boolean };
  /** What is held back, when no more text comes. */
  flush(): string;
}

interface State {
  readonly next: Map<number, State>;
  fallback: State | null;
  /** Length of the beginning of a stop text that this state stands for. */
  readonly depth: number;
  /** Length of the longest stop text that ends here; 0 for none. */
  ends: number;
}

/**
 * Ends an answer at the stop text that is complete first, the longest of those complete at the same character,
 * however the text is cut into pieces. Holds back only what could begin one (Aho and Corasick, 1975).
 * @throws EngineError bad_request for an empty stop text
 */
export function createStopFilter(stops: readonly string[]): StopFilter {
  if (stops.includes('')) throw new EngineError('bad_request', 'A stop text must not be empty.');
  const root = automaton(stops);
  let state = root;
  let held = '';
  let stopped = false;
  return {
    push(text) {
      if (stopped) return { emit: '', stopped };
      if (stops.length === 0) return { emit: text, stopped };
      for (let at = 0; at < text.length; at++) {
        state = step(state, text.charCodeAt(at), root);
        if (state.ends === 0) continue;
        stopped = true;
        const all = held + text.slice(0, at + 1);
        held = '';
        return { emit: all.slice(0, all.length - state.ends), stopped };
      }
      const all = held + text;
      held = all.slice(all.length - state.depth);
      return { emit: all.slice(0, all.length - state.depth), stopped };
    },
    flush() {
      const rest = held;
      held = '';
      state = root;
      return rest;
    },
  };
}

function automaton(stops: readonly string[]): State {
  const root = newState(0);
  for (const stop of stops) {
    let state = root;
    for (let at = 0; at < stop.length; at++) {
      let next = state.next.get(stop.charCodeAt(at));
      if (!next) {
        next = newState(at + 1);
        state.next.set(stop.charCodeAt(at), next);
      }
      state = next;
    }
    state.ends = stop.length;
  }
  // Shallow states first: a fallback is shallower than its state.
  const queue = [root];
  for (const state of queue)
    for (const [unit, next] of state.next) {
      next.fallback = state === root ? root : step(state.fallback ?? root, unit, root);
      next.ends = Math.max(next.ends, next.fallback.ends);
      queue.push(next);
    }
  return root;
}

function step(from: State, unit: number, root: State): State {
  for (let state: State | null = from; state; state = state.fallback) {
    const next = state.next.get(unit);
    if (next) return next;
  }
  return root;
}

function newState(depth: number): State {
  return { next: new Map(), fallback: null, depth, ends: 0 };
}
