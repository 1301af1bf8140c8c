import type { BatchEndpoint, NewItem, WrongItem } from '../../core/batch.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { unansweredLine } from './output.ts';

const MOST_CUSTOM_ID_LENGTH = 512;
const MOST_MODEL_LENGTH = 256;
/** Controls, which no name needs, and which the store could not keep. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/;

export type InputLine =
  | { readonly right: NewItem; readonly wrong: null }
  | { readonly right: null; readonly wrong: WrongItem };

export interface InputReader {
  /** Lines that the text completes. */
  push(text: string): InputLine[];
  /** Call at the end of the file. */
  end(): InputLine[];
  /** Lines so far that are not blank. */
  readonly count: number;
}

/** Reads a batch's input file. A wrong line is answered at once, in the error file; the others do not suffer from it. */
export function inputReader(batchId: string, endpoint: BatchEndpoint, mostLineLength: number): InputReader {
  const seen = new Set<string>();
  let rest: string[] = [];
  let line = 0;
  let count = 0;

  function read(text: string): InputLine[] {
    line += 1;
    if (text.trim() === '') return [];
    count += 1;
    const wrong = (code: string, message: string, customId: string | null = null): InputLine[] => [
      {
        right: null,
        wrong: {
          line,
          customId: customId ?? '',
          result: unansweredLine({ batchId, line, customId }, { code, message: `Line ${line}: ${message}` }),
        },
      },
    ];
    if (text.length > mostLineLength)
      return wrong('line_too_long', `longer than ${mostLineLength} characters.`);
    const value = parsed(text);
    if (!isObject(value)) return wrong('invalid_json_line', 'it is no JSON object.');
    const { custom_id: customId, method, url, body } = value;
    if (typeof customId !== 'string' || !isName(customId, MOST_CUSTOM_ID_LENGTH))
      return wrong(
        'missing_required_parameter',
        `custom_id must be text of 1 to ${MOST_CUSTOM_ID_LENGTH} characters.`,
      );
    if (seen.has(customId))
      return wrong(
        'duplicate_custom_id',
        `the custom_id ${JSON.stringify(customId)} was used before.`,
        customId,
      );
    seen.add(customId);
    if (method !== 'POST') return wrong('invalid_method', 'method must be "POST".', customId);
    if (url !== endpoint)
      return wrong('mismatched_url', `url must be the batch's endpoint, ${endpoint}.`, customId);
    if (!isObject(body)) return wrong('missing_required_parameter', 'body must be a JSON object.', customId);
    const { model } = body;
    if (typeof model !== 'string' || !isName(model, MOST_MODEL_LENGTH))
      return wrong('missing_required_parameter', 'body.model must name a model.', customId);
    const request = written(body);
    if (request === null) return wrong('invalid_json_line', 'body is nested too deep.', customId);
    return [{ right: { line, customId, model, request }, wrong: null }];
  }

  return {
    push(text) {
      const lines = text.split('\n');
      const unfinished = lines.pop() ?? '';
      const [first] = lines;
      if (first === undefined) {
        rest.push(unfinished);
        return [];
      }
      lines[0] = rest.join('') + first;
      rest = [unfinished];
      return lines.flatMap(read);
    },
    end() {
      const last = rest.join('');
      rest = [];
      return last === '' ? [] : read(last);
    },
    get count() {
      return count;
    },
  };
}

/** The body as it is kept: answers of batches are never streamed. */
function written(body: JsonObject): string | null {
  try {
    return JSON.stringify({ ...body, stream: undefined, stream_options: undefined });
  } catch {
    return null;
  }
}

function isName(text: string, most: number): boolean {
  return text !== '' && text.length <= most && !CONTROL.test(text) && text.isWellFormed();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
