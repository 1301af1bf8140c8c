export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** With a capital in front and a full stop at the end. */
export function sentence(words: string): string {
  const begun = capital(words.trim());
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
