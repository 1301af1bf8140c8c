import type { Random } from '../../core/ports.ts';

export interface Elected {
  readonly answer: string;
  /** How many rounds gave it. */
  readonly votes: number;
}

/** What most rounds answered; of equally many, the one that came first. Null when none answered. */
export function elect(answers: readonly (string | null)[]): Elected | null {
  const counts = new Map<string, number>();
  for (const answer of answers) {
    if (answer === null) continue;
    const meant = answer.trim();
    counts.set(meant, (counts.get(meant) ?? 0) + 1);
  }
  let best: Elected | null = null;
  for (const [answer, votes] of counts) if (!best || votes > best.votes) best = { answer, votes };
  return best;
}

/** The order of the items in each round: as they came in the first, shuffled (Fisher–Yates) in the others. */
export function orders(items: number, rounds: number, random: Random): number[][] {
  return Array.from({ length: rounds }, (_, round) => {
    const order = Array.from({ length: items }, (_item, index) => index);
    if (round > 0) shuffle(order, random);
    return order;
  });
}

function shuffle(order: number[], random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
}
