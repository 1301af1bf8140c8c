import { isCallError } from '../../core/errors.ts';
import { mapBounded } from './bounded.ts';
import { partsOf } from './chunks.ts';
import { askAside, askedOnTheSide, type Note } from './side-call.ts';
import type { Task } from './way.ts';

/** Words of a question about one part. */
export type Wording = (part: string, index: number, parts: number) => string;

export interface Condensed {
  readonly notes: readonly string[];
  /** Parts of the text itself. */
  readonly parts: number;
  /** Questions asked. */
  readonly asked: number;
  /** Notes that stopped at their limit. */
  readonly cut: number;
}

const MOST_ROUNDS = 8;
/** A note on a part of less than this many of its own length saves nothing. */
const LEAST_RATIO = 2;

/** Counts, questions so far, and how long a part may be. */
export interface NoteTaking {
  readonly partTokens: number;
  readonly count: (text: string) => Promise<number>;
  /** @throws CallError as the pipeline does; `asked` counts it */
  readonly ask: (text: string, why: string) => Promise<Note>;
  readonly asked: number;
  readonly cut: number;
}

/** Ready to take notes with questions of these words, or why not. */
export async function takeNotes(
  task: Task,
  wording: Wording,
  besides = 0,
): Promise<NoteTaking | { readonly not: string }> {
  const { goal, measures, settings } = task;
  const { model } = askedOnTheSide(task);
  const count = async (text: string): Promise<number> => (await measures.countText(text, model)).tokens;
  const system = task.prompt.messages.flatMap((message) =>
    message.role === 'system' ? message.content.map(({ text }) => text) : [],
  );
  const frame = (await count([...system, wording('', 0, 1)].join('\n'))) + 64 + besides;
  const room = Math.floor((goal.window - settings.noteTokens) / goal.scale) - frame;
  const partTokens = Math.min(room, settings.partTokens ?? room);
  if (partTokens < LEAST_RATIO * settings.noteTokens)
    return {
      not: `its window of ${goal.window} tokens leaves ${Math.max(0, partTokens)} for a part, less than ${LEAST_RATIO} notes of fit.noteTokens (${settings.noteTokens})`,
    };
  let asked = 0;
  let cut = 0;
  return {
    partTokens,
    count,
    ask: async (text, why) => {
      asked += 1;
      const note = await askAside(task, text, why);
      if (note.cut) cut += 1;
      return note;
    },
    get asked() {
      return asked;
    },
    get cut() {
      return cut;
    },
  };
}

/**
 * Notes on texts, part by part, and notes on those notes until they take at most so many tokens together.
 * @throws CallError as the pipeline does
 */
export async function condense(
  task: Task,
  texts: readonly string[],
  wording: Wording,
  mostTokens: number,
): Promise<Condensed | { readonly not: string }> {
  const taking = await takeNotes(task, wording);
  if ('not' in taking) return taking;
  const { settings } = task;
  let parts = await cutAll(texts, taking);
  const first = parts.length;
  let before = Number.POSITIVE_INFINITY;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (taking.asked + parts.length > settings.mostAsks)
      return {
        not: `it takes ${taking.asked + parts.length} questions, more than fit.mostAsks (${settings.mostAsks})`,
      };
    const asked = parts;
    const notes = await mapBounded(asked, settings.concurrency, async (part, index) => {
      const why =
        round === 0
          ? `notes on part ${index + 1} of ${asked.length}`
          : `notes on notes, ${index + 1} of ${asked.length}`;
      return await noteOn(task, taking, part, why, (text) => wording(text, index, asked.length));
    });
    if (notes.some((note) => note === ''))
      return { not: 'its model wrote nothing on a part; a model that thinks needs a larger fit.noteTokens' };
    const kept = notes.filter((note) => !NOTHING.test(note));
    const tokens = await taking.count(kept.join('\n\n'));
    if (tokens <= mostTokens) return { notes: kept, parts: first, asked: taking.asked, cut: taking.cut };
    if (tokens >= before) break;
    before = tokens;
    parts = await cutAll([kept.join('\n\n')], taking);
  }
  return { not: 'the notes on its parts do not become short enough' };
}

/** What a note says on a part that holds nothing of use. */
const NOTHING = /^\W*NOTHING TO NOTE\W*$/i;

/** A part that its model finds too long after all is asked about in halves. */
async function noteOn(
  task: Task,
  taking: NoteTaking,
  part: string,
  why: string,
  words: (text: string) => string,
): Promise<string> {
  try {
    return (await taking.ask(words(part), why)).text;
  } catch (error) {
    const tooLong = isCallError(error) && error.code === 'context_too_long';
    const tokens = tooLong ? await taking.count(part) : 0;
    if (tokens < 2 * task.settings.noteTokens || taking.asked >= task.settings.mostAsks || task.abandoned())
      throw error;
    const halves = await partsOf(part, Math.ceil(tokens * 0.55), (text) => taking.count(text));
    const notes: string[] = [];
    for (const half of halves) notes.push(await noteOn(task, taking, half, `${why}, again in halves`, words));
    return notes.filter((note) => !NOTHING.test(note)).join('\n');
  }
}

async function cutAll(texts: readonly string[], { partTokens, count }: NoteTaking): Promise<string[]> {
  const parts: string[] = [];
  for (const text of texts) parts.push(...(await partsOf(text, partTokens, count)));
  return parts;
}
