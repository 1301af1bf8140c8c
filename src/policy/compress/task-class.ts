import { TASK_CLASSES, type TaskClass } from '../../core/plan/compress.ts';
import { isMathematical } from '../../text/compress/index.ts';

export interface Classified {
  readonly task: TaskClass;
  /** Who says so, for people. */
  readonly from: string;
}

const SUMMARY =
  /\b(?:summari[sz]e|summar(?:y|ies)|tl;?dr|key (?:points|takeaways)|condense|shorten|in (?:a few|one|two|three) sentences?)\b|要約|まとめて|要点/i;
const CODE =
  /\b(?:code|function|class|method|script|regex|sql|query|compile|refactor|unit tests?|stack ?trace|bug|implement(?:ation)?|api endpoint)\b|コード|関数|実装|バグ/i;
const SOURCES =
  /\b(?:context|documents?|passages?|sources?|search results?|excerpts?|articles?|transcripts?|(?:above|following|attached|provided) (?:text|information|content|file))\b|文書|資料|本文|次の文章|以下の文章/i;
const FENCE = /^ {0,3}(?:```|~~~)/m;
const ASKS = /[?？]/;
/** Of a long text, what is looked at: rules must cost the same for any length. */
const LOOKED_AT = 4_000;

/** The class that a client's header or the configuration declares; null when it is none of ours. */
export function declared(value: string | undefined | null): TaskClass | null {
  const name = value?.trim().toLowerCase();
  return TASK_CLASSES.find((task) => task === name) ?? null;
}

/** The class of a message, by simple rules that say why. The first that holds decides. */
export function classify(text: string, question: string | null): Classified {
  const asked = question ?? text.slice(-LOOKED_AT);
  const start = text.slice(0, LOOKED_AT);
  const by = (task: TaskClass, why: string): Classified => ({ task, from: `rule: ${why}` });
  if (isMathematical(asked)) return by('mathematics', 'asks to calculate');
  if (SUMMARY.test(asked)) return by('summary', 'asks for a summary');
  if ((FENCE.test(start) || FENCE.test(text.slice(-LOOKED_AT))) && CODE.test(asked))
    return by('code', 'asks about code');
  if (/\b(?:write|implement|complete|fix|refactor|debug)\b/i.test(asked) && CODE.test(asked))
    return by('code', 'asks for code');
  if (ASKS.test(asked) && SOURCES.test(start)) return by('retrieval', 'asks about sources that it brings');
  if (text.length > 4 * asked.length && ASKS.test(asked)) return by('retrieval', 'a question to a long text');
  if (text.length > 4 * asked.length) return by('other', 'a long text');
  return by('chat', 'talk');
}
