/** A question that looks like another and asks for something else. */
export interface Negative {
  readonly text: string;
  readonly how: 'number' | 'negation' | 'opposite' | 'name';
  /** The same change of questions that mean the same makes questions that mean the same. */
  readonly change: string;
}

/** Words whose exchange turns the meaning. */
const OPPOSITES: readonly (readonly [string, string])[] = [
  ['best', 'worst'],
  ['good', 'bad'],
  ['increase', 'decrease'],
  ['gain', 'lose'],
  ['with', 'without'],
  ['before', 'after'],
  ['more', 'less'],
  ['men', 'women'],
  ['buy', 'sell'],
  ['advantages', 'disadvantages'],
  ['start', 'stop'],
  ['love', 'hate'],
  ['high', 'low'],
  ['easy', 'hard'],
  ['legal', 'illegal'],
  ['download', 'upload'],
  ['first', 'last'],
  ['cheap', 'expensive'],
];

/** Each way in which a question can be changed so that it needs another answer. */
export function negativesOf(text: string, names: readonly string[], random: () => number): Negative[] {
  const made: Negative[] = [];
  const add = (how: Negative['how'], changed: string, change: string): void => {
    if (changed !== text) made.push({ how, text: changed, change: `${how} ${change}` });
  };
  const number = /\d+/.exec(text)?.[0];
  const another = number === undefined ? '' : otherNumber(number, random);
  if (number !== undefined) add('number', text.replace(number, another), `${number} ${another}`);
  const denied = text.replace(
    /\b(is|are|was|can|could|should|would|will|do|does|did) (\w+)/i,
    (_, verb: string, word: string) => (random() < 0.5 ? `${verb} ${word} not` : `${verb} ${word} never`),
  );
  add('negation', denied, '');
  for (const pair of OPPOSITES)
    for (const [from, to] of [pair, [pair[1], pair[0]]] as const)
      add('opposite', text.replace(new RegExp(`\\b${from}\\b`), to), `${from} ${to}`);
  const own = /(?<=[a-z,] )[A-Z][a-z]{3,}(?: [A-Z][a-z]+)?\b/.exec(text.slice(1));
  const other = names[Math.floor(random() * names.length)];
  if (own && other && !text.includes(other)) add('name', text.replace(own[0], other), `${own[0]} ${other}`);
  return made;
}

function otherNumber(number: string, random: () => number): string {
  const value = Number(number);
  const step = 1 + Math.floor(random() * 9);
  return number.length > 9 || value < 2
    ? `${number}${step}`
    : String(random() < 0.5 ? value + step : value * 2 + step);
}
