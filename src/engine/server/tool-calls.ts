import { randomUUID } from 'node:crypto';
import { isObject } from '../../core/json.ts';

export type AnswerPiece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool-call'; readonly id: string; readonly name: string; readonly arguments: string };

/** Finds the calls of tools in an answer's text as it comes. */
export interface ToolCallFinder {
  push(text: string): AnswerPiece[];
  /** What was held back, once the answer has ended. */
  end(): AnswerPiece[];
}

const OPEN = '<tool_call>';
const CLOSE = '</tool_call>';
/** Llama 3 may put this before its calls. */
const PYTHON_TAG = '<|python_tag|>';

/**
 * Understands the two forms that are common among open models: `<tool_call>{"name", "arguments"}</tool_call>` anywhere
 * (Hermes, Qwen), and an answer that is nothing but `{"name", "parameters"}` (Llama 3.1). Everything else stays text.
 */
export function findToolCalls(names: readonly string[]): ToolCallFinder {
  let held = '';
  let state: 'start' | 'text' | 'whole' | 'after-call' = 'start';

  const text = (piece: string): AnswerPiece[] => (piece === '' ? [] : [{ type: 'text', text: piece }]);
  const call = (json: string, raw: string): AnswerPiece[] => {
    const made = parseCall(json, names);
    return made ? [made] : text(raw);
  };

  const take = (): AnswerPiece[] => {
    const pieces: AnswerPiece[] = [];
    for (;;) {
      if (state === 'whole') return pieces;
      if (state !== 'text') {
        const body = held.trimStart();
        if (body === '' || (state === 'start' && PYTHON_TAG.startsWith(body))) return pieces;
        if (state === 'start' && (body.startsWith('{') || body.startsWith(PYTHON_TAG))) {
          state = 'whole';
          return pieces;
        }
        // White space around calls is no text of the answer.
        if (OPEN.startsWith(body)) return pieces;
        if (body.startsWith(OPEN)) held = body;
        state = 'text';
      }
      const open = held.indexOf(OPEN);
      if (open < 0) {
        const keep = overlap(held, OPEN);
        pieces.push(...text(held.slice(0, held.length - keep)));
        held = held.slice(held.length - keep);
        return pieces;
      }
      pieces.push(...text(held.slice(0, open)));
      held = held.slice(open);
      const close = held.indexOf(CLOSE);
      if (close < 0) return pieces;
      const raw = held.slice(0, close + CLOSE.length);
      const made = call(held.slice(OPEN.length, close), raw);
      pieces.push(...made);
      held = held.slice(raw.length);
      if (made.some(({ type }) => type === 'tool-call')) state = 'after-call';
    }
  };

  return {
    push: (more) => {
      if (names.length === 0) return text(more);
      held += more;
      return take();
    },
    end: () => {
      const rest = held;
      held = '';
      if (state === 'whole') return call(rest.replace(PYTHON_TAG, ''), rest);
      if (state === 'after-call' && rest.trim() === '') return [];
      return rest.startsWith(OPEN) ? call(rest.slice(OPEN.length), rest) : text(rest);
    },
  };
}

function parseCall(json: string, names: readonly string[]): AnswerPiece | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  if (!isObject(value)) return null;
  const { name } = value;
  const given = value['arguments'] ?? value['parameters'] ?? {};
  if (typeof name !== 'string' || !names.includes(name)) return null;
  const text = typeof given === 'string' ? given : JSON.stringify(given);
  return { type: 'tool-call', id: `call_${randomUUID().replaceAll('-', '')}`, name, arguments: text };
}

/** How many characters at the end of `text` could be the beginning of `mark`. */
function overlap(text: string, mark: string): number {
  for (let length = Math.min(text.length, mark.length - 1); length > 0; length--)
    if (text.endsWith(mark.slice(0, length))) return length;
  return 0;
}
