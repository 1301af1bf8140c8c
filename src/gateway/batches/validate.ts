import type { Batch, BatchProblem, NewItem, WrongItem } from '../../core/batch.ts';
import { type InputLine, inputReader } from '../../policy/batch/index.ts';
import type { BatchDeps } from './batch-deps.ts';

const ITEMS_AT_ONCE = 500;
const CHARACTERS_AT_ONCE = 4_000_000;

/** Reads the input file into items. False when nothing of it can be called: then the batch has failed. */
export async function validate({ clock, settings, store }: BatchDeps, batch: Batch): Promise<boolean> {
  const { maxLines } = settings().batch;
  const { bodyBytes } = settings().limits;
  const fail = async (...problems: BatchProblem[]): Promise<false> => {
    await store.fail(batch.id, problems, clock.now());
    return false;
  };
  const file = await store.file(batch.tenant, batch.inputFileId);
  if (!file) return await fail(problem('file_not_found', 'The input file was deleted.'));
  const reader = inputReader(batch.id, batch.endpoint, bodyBytes);
  const wrong: WrongItem[] = [];
  let right: NewItem[] = [];
  let characters = 0;
  let any = false;
  const keep = async (): Promise<void> => {
    await store.addItems(batch.id, right, []);
    right = [];
    characters = 0;
  };
  const take = async (lines: readonly InputLine[]): Promise<void> => {
    for (const line of lines) {
      if (line.wrong) wrong.push(line.wrong);
      else {
        any = true;
        right.push(line.right);
        characters += line.right.request.length;
      }
      if (right.length >= ITEMS_AT_ONCE || characters >= CHARACTERS_AT_ONCE) await keep();
    }
  };
  for await (const text of store.content(file)) {
    await take(reader.push(text));
    if (reader.count > maxLines)
      return await fail(problem('too_many_tasks', `The file holds more than ${maxLines} lines.`));
  }
  await take(reader.end());
  if (reader.count === 0) return await fail(problem('empty_file', 'The file holds no lines.'));
  if (reader.count > maxLines)
    return await fail(problem('too_many_tasks', `The file holds more than ${maxLines} lines.`));
  if (!any) return await fail(...wrong.slice(0, 100).map(problemOf));
  await keep();
  for (let start = 0; start < wrong.length; start += ITEMS_AT_ONCE)
    await store.addItems(batch.id, [], wrong.slice(start, start + ITEMS_AT_ONCE));
  await store.begin(batch.id, clock.now());
  return true;
}

function problem(code: string, message: string): BatchProblem {
  return { code, message, line: null, param: null };
}

function problemOf({ line, result }: WrongItem): BatchProblem {
  const { error } = JSON.parse(result) as { error: { code: string; message: string } };
  return { code: error.code, message: error.message, line, param: null };
}
