import { CallError } from '../../core/errors.ts';
import type { CompressSettings } from '../../core/plan/compress.ts';
import type { Embedder, TokenCounter } from '../../core/ports.ts';
import {
  compressTexts,
  compressWords,
  embeddingScorer,
  lexicalScorer,
  openedWordModel,
  type Scorer,
  type WordModel,
} from '../../text/compress/index.ts';
import type { GroupRequest, GroupResult } from './compress-prompt.ts';
import { keyOf, type Memo } from './memo.ts';

export interface CompressorDeps {
  readonly tokens: TokenCounter;
  readonly embedder: Embedder | null;
}

/** What compresses the texts of one message by the settings of a call. Gives null for texts that are too short. */
export function groupCompressor(
  { tokens, embedder }: CompressorDeps,
  memo: Memo<GroupResult>,
  settings: CompressSettings,
  model: string,
  signal: AbortSignal,
): (request: GroupRequest) => Promise<GroupResult | null> {
  return async (request) => {
    const { texts, keepRatio, task, question, findsQuestion } = request;
    // A token has a character at least.
    const characters = texts.reduce((sum, text) => sum + text.length, 0);
    if (characters < settings.minTokens) return null;
    const { method, scorer, protect } = settings;
    const key = keyOf([
      method,
      settings.model,
      scorer,
      protect,
      model,
      keepRatio,
      task,
      question,
      findsQuestion,
      texts,
    ]);
    const known = memo.get(key);
    if (known) return known.tokensBefore < settings.minTokens ? null : known;
    const options = { keepRatio, model, tokens, question, findsQuestion, protect: new Set(protect), signal };
    const result =
      method === 'llmlingua2'
        ? await compressWords(texts, { ...options, words: await wordsOf(settings) })
        : await compressTexts(texts, {
            ...options,
            scorer: scorerOf(settings, embedder),
            byQuestion: task !== 'summary',
          });
    memo.put(key, result, characters);
    return result.tokensBefore < settings.minTokens ? null : result;
  };
}

/** @throws CallError `not_ready` when there is no model; words are judged only where that was chosen */
function scorerOf({ scorer }: CompressSettings, embedder: Embedder | null): Scorer {
  if (scorer === 'lexical') return lexicalScorer;
  if (embedder) return embeddingScorer(embedder);
  throw new CallError(
    'not_ready',
    'the embedding model is missing: get it with "infinite-llm models pull minilm", or set compress.scorer to lexical',
  );
}

async function wordsOf({ model }: CompressSettings): Promise<WordModel> {
  if (model !== null) return await openedWordModel(model);
  throw new CallError('not_ready', 'compress.model names no folder of an LLMLingua-2 model');
}
