const OTHER = '(other)';

/** Keeps the number of a label's values bounded: clients choose model names, and each value costs memory for ever. */
export function boundedLabels(most: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= most) return OTHER;
    known.add(value);
    return value;
  };
}
