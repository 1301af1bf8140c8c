/** The o-series and GPT-5 think before they answer, and refuse several of the older parameters. */
export function reasons(model: string): boolean {
  return /^(o\d|gpt-5(?!.*chat))/.test(model);
}
