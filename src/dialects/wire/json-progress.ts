/** Follows the text of one JSON object as it comes in pieces. */
export interface JsonProgress {
  push(text: string): void;
  /** True once the object's last brace was seen. */
  isWhole(): boolean;
}

export function jsonProgress(): JsonProgress {
  let depth = 0;
  let inString = false;
  let escaped = false;
  let whole = false;
  return {
    push(text) {
      for (const character of text) {
        if (escaped) escaped = false;
        else if (inString) {
          if (character === '\\') escaped = true;
          else if (character === '"') inString = false;
        } else if (character === '"') inString = true;
        else if (character === '{' || character === '[') depth++;
        else if (character === '}' || character === ']') whole = --depth === 0;
      }
    },
    isWhole: () => whole,
  };
}
