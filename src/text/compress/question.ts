import { type Span, splitSpans } from '../spans/index.ts';

/** The spans of a message that ask, and what they ask. */
export interface Question {
  readonly text: string | null;
  readonly spans: ReadonlySet<number>;
}

const LABEL =
  /^\s*(?:#+\s*)?(?:\*\*)?(?:question|query|q|task|instructions?|質問|問い?|指示|課題)(?:\*\*)?\s*[:：]/i;
const ASKS =
  /[?？]\s*["')\]」』]*\s*$|^\s*(?:please\s+)?(?:summari[sz]e|translate|explain|list|extract|find|write|answer|tell|give|compare|describe|classify|rewrite|identify|analy[sz]e|review|fix|implement|create|generate|what|who|when|where|why|which|how|based on|according to|using)\b|(?:してください|して下さい|しなさい|せよ|教えて|ですか。?|ますか。?)\s*$|要約|まとめて|翻訳/i;
const LONGEST_QUESTION = 800;
const LONGEST_INSTRUCTION = 500;

/**
 * What a message asks: paragraphs with such a label; else the last paragraph, or its last sentences; and an instruction
 * at the beginning. A short message is a question as a whole.
 *
 * @param at gives the text of a span
 */
export function findQuestion(spans: readonly Span[], at: (index: number) => string): Question {
  const found = new Set<number>();
  const labelled = spans.flatMap(({ block }, index) => (LABEL.test(at(index)) ? [block] : []));
  const tail = tailOf(spans, at);
  const head = headOf(spans, at);
  const tailAsks = tail.some((index) => ASKS.test(at(index)));
  const headAsks = head.some((index) => ASKS.test(at(index)));
  const blocks = new Set(labelled);
  let length = 0;
  for (const [index, { block }] of spans.entries()) {
    if (!blocks.has(block) || length > LONGEST_QUESTION) continue;
    length += at(index).length;
    found.add(index);
  }
  if (headAsks) for (const index of head) found.add(index);
  if (tailAsks) for (const index of tail) found.add(index);
  if (found.size === 0 && spans.length > 0) found.add(spans.length - 1);
  // What asks at the end is the question; an instruction at the beginning may say no more than that there is one.
  const asking = labelled.length > 0 || !tailAsks ? [...found] : tail;
  const text = asking
    .sort((a, b) => a - b)
    .map(at)
    .join('')
    .trim();
  return { text: text === '' ? null : text, spans: found };
}

/** The last paragraph where it is short; else its last sentences, from the last that asks. */
function tailOf(spans: readonly Span[], at: (index: number) => string): number[] {
  const tail: number[] = [];
  let length = 0;
  for (let index = spans.length - 1; index >= 0; index--) {
    if (spans[index]?.block !== spans.at(-1)?.block) return tail;
    length += at(index).length;
    if (length > LONGEST_QUESTION && tail.length > 0)
      return tail.slice(
        Math.max(
          tail.findLastIndex((span) => ASKS.test(at(span))),
          0,
        ),
      );
    tail.unshift(index);
  }
  return tail;
}

/** The first paragraph where it is short, else its first sentence. */
function headOf(spans: readonly Span[], at: (index: number) => string): number[] {
  const head: number[] = [];
  let length = 0;
  for (const [index, { block }] of spans.entries()) {
    if (block !== spans[0]?.block) return head;
    length += at(index).length;
    if (length > LONGEST_INSTRUCTION) return [0];
    head.push(index);
  }
  return head;
}

/** Of a longer text, only its beginning and its end can ask. */
const EDGE = 8_000;

/** What a whole text asks; null when it is empty. */
export function questionIn(text: string): string | null {
  const edges = text.length > 2 * EDGE ? `${text.slice(0, EDGE)}\n\n${text.slice(-EDGE)}` : text;
  const spans = splitSpans(edges);
  return findQuestion(spans, (index) => edges.slice(spans[index]?.start, spans[index]?.end)).text;
}
