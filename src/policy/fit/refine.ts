import { formatTarget } from '../../core/target.ts';
import { partsOf } from './chunks.ts';
import { takeNotes } from './condense.ts';
import { documentsOf, withNotes } from './documents.ts';
import { FRAME_TOKENS, noteText } from './map-reduce.ts';
import { askedOnTheSide } from './side-call.ts';
import type { Shorten } from './way.ts';

/** Reads the prompt's documents part by part, each with the notes on all parts before, and puts the last notes in their place. */
export const refine: Shorten = async (task) => {
  const documents = await documentsOf(task);
  if (!documents) return { not: 'no long text of it is a document: it is too long without them' };
  const { settings, goal } = task;
  const { all, question, restTokens } = documents;
  if (settings.noteTokens + restTokens + FRAME_TOKENS > goal.promptTokens)
    return { not: `the rest of it leaves no room for notes of fit.noteTokens (${settings.noteTokens})` };
  const wording = (part: string, index: number, parts: number): string =>
    words(question, '', part, index, parts);
  const taking = await takeNotes(task, wording, settings.noteTokens);
  if ('not' in taking) return taking;
  const parts: string[] = [];
  for (const { body } of all)
    parts.push(...(await partsOf(body, taking.partTokens, (text) => taking.count(text))));
  if (parts.length > settings.mostAsks)
    return { not: `it takes ${parts.length} questions, more than fit.mostAsks (${settings.mostAsks})` };
  let notes = '';
  for (const [index, part] of parts.entries()) {
    const text = words(question, notes, part, index, parts.length);
    const note = await taking.ask(text, `notes up to part ${index + 1} of ${parts.length}`);
    if (note.text === '')
      return { not: 'its model wrote nothing on a part; a model that thinks needs a larger fit.noteTokens' };
    notes = note.text;
  }
  const by = formatTarget(askedOnTheSide(task));
  const { asked, cut } = taking;
  const limited = cut > 0 ? `; ${cut} of the notes stopped at fit.noteTokens (${settings.noteTokens})` : '';
  return {
    prompt: withNotes(task.prompt, all, noteText([notes], parts.length)),
    action: 'refined',
    why: `${by} read what is too long in ${parts.length} parts, one after the other, taking notes along${limited}`,
    details: { parts: parts.length, asked, cutNotes: cut, notesBy: by },
    told: `parts=${parts.length}`,
  };
};

function words(question: string, notes: string, part: string, index: number, parts: number): string {
  return `${INSTRUCTION}

<asked>
${question || 'See the instructions above.'}
</asked>

Your notes so far:
<notes>
${notes || '(none yet)'}
</notes>

This is part ${index + 1} of ${parts} of the text:
<part>
${part}
</part>`;
}

const INSTRUCTION =
  'A text is too long to be read at once, so you read it part by part. Write your notes anew, so that they hold whatever in your notes so far and in this part is needed to do what is asked, with its numbers, names and exact words, in the language of the text. Do not do it yet, and use nothing but the notes and this part.';
