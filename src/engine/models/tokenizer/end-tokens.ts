/** Control tokens that end an answer by name, whatever ids the file lists: instruct models often list only one of two. */
const ENDS = new Set([
  '<|endoftext|>',
  '<|end_of_text|>',
  '<|im_end|>',
  '<|eot_id|>',
  '<|eom_id|>',
  '<|end|>',
  '<end_of_turn>',
  '<｜end▁of▁sentence｜>',
]);

/** Ids that end an answer: those the file lists, and special tokens known to. Sorted, each once. */
export function endTokens(
  listed: readonly (number | undefined)[],
  specials: Iterable<readonly [id: number, text: string]>,
): readonly number[] {
  const ids = new Set(listed.filter((id) => id !== undefined));
  for (const [id, text] of specials) if (ENDS.has(text)) ids.add(id);
  return [...ids].sort((a, b) => a - b);
}
