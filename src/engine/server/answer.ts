import type { ChoiceEvent } from './run-choices.ts';
import type { Usage } from './usage.ts';

/** What stands in every object of an answer. */
export interface AnswerHead {
  readonly id: string;
  /** Epoch seconds. */
  readonly created: number;
  readonly model: string;
}

/** Writes one request's answer in the words of one API. Use either `chunks` for each event, or `add` and then `whole`. */
export interface AnswerWriter {
  /** The stream's objects for one event; none when the event changes nothing that is shown. */
  chunks(event: ChoiceEvent): readonly object[];
  /** The stream's last object, when the client wants to know the usage. */
  usageChunk(usage: Usage): object;
  add(event: ChoiceEvent): void;
  whole(usage: Usage): object;
}
