import { rendezvous } from '../rendezvous.ts';
import type { Choice, Strategy } from '../candidate.ts';

/** At random, each with its share. */
export const weighted: Strategy = (choice) => ({
  order: sharedOut(choice, choice.call.id),
  why: 'drawn by weight',
});

/** The candidates by rendezvous with a key: the same key gives the same order. */
export function sharedOut({ candidates, settings }: Choice, key: string): Choice['candidates'] {
  const score = (name: string): number => rendezvous(key, name, settings.weights[name] ?? 1);
  return candidates
    .map((candidate) => ({ candidate, score: score(candidate.name) }))
    .sort((a, b) => (a.score === b.score ? 0 : b.score - a.score))
    .map(({ candidate }) => candidate);
}
