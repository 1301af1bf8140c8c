import { openWordModel, type WordModel } from './word-model.ts';

/** Models stay open as long as the process: hundreds of megabytes that all calls share. They hold no thread. */
const opened = new Map<string, Promise<WordModel>>();

/** The model in a folder, opened at the first use. One that could not be opened is tried again. @throws CallError `not_ready` */
export function openedWordModel(folder: string): Promise<WordModel> {
  const known = opened.get(folder);
  if (known) return known;
  const opening = openWordModel(folder);
  opened.set(folder, opening);
  opening.catch(() => opened.delete(folder));
  return opening;
}
