import { formatTarget } from '../../core/target.ts';
import { condense, type Wording } from './condense.ts';
import { documentsOf, withNotes } from './documents.ts';
import { askedOnTheSide } from './side-call.ts';
import type { Shorten } from './way.ts';

/** Takes notes on all parts of the prompt's documents and puts them in the documents' place. */
export const mapReduce: Shorten = async (task) => {
  const documents = await documentsOf(task);
  if (!documents) return { not: 'no long text of it is a document: it is too long without them' };
  const { all, question, restTokens } = documents;
  const room = task.goal.promptTokens - restTokens - FRAME_TOKENS;
  const condensed = await condense(
    task,
    all.map(({ body }) => body),
    wordingFor(question),
    room,
  );
  if ('not' in condensed) return condensed;
  const { notes, parts, asked, cut } = condensed;
  const by = formatTarget(askedOnTheSide(task));
  const limited =
    cut > 0 ? `; ${cut} of the notes stopped at fit.noteTokens (${task.settings.noteTokens})` : '';
  return {
    prompt: withNotes(task.prompt, all, noteText(notes, parts)),
    action: 'map-reduced',
    why: `${by} took notes on ${parts} parts of what is too long, with ${asked} questions${limited}`,
    details: { parts, asked, cutNotes: cut, notesBy: by },
    told: `parts=${parts}`,
  };
};

/** Of the sentences around notes. */
export const FRAME_TOKENS = 128;

export function wordingFor(question: string): Wording {
  return (part, index, parts) => `${INSTRUCTION}

<asked>
${question || 'See the instructions above.'}
</asked>

This is part ${index + 1} of ${parts} of the text:
<part>
${part}
</part>`;
}

const INSTRUCTION =
  'A text is too long to be read at once, so you read one part of it. Take down whatever in this part is needed to do what is asked, with its numbers, names and exact words, in the language of the text. Do not do it yet, and use nothing but this part. If nothing in this part is needed, write only: NOTHING TO NOTE';

/** What stands in a document's place. */
export function noteText(notes: readonly string[], parts: number): string {
  if (notes.length === 0)
    return `[The text that stood here was too long to be read at once. It was read in ${parts} parts, and none of them held anything that what is asked needs.]`;
  const numbered = notes.map((note, index) => `[Notes ${index + 1}]\n${note}`).join('\n\n');
  return `[The text that stood here was too long to be read at once. It was read in ${parts} parts; these notes were taken on it, in its order.]\n\n${numbered}\n\n[End of the notes]\n\n`;
}
