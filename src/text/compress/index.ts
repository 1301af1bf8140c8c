export { type Compressed, type CompressOptions, compressTexts } from './compress-texts.ts';
export { embeddingScorer } from './embedding-scorer.ts';
export { lexicalScorer } from './lexical-scorer.ts';
export { isMathematical } from './numbers.ts';
export { questionIn } from './question.ts';
export type { Scorer } from './scorer.ts';
export { cosine, termsOf } from './terms.ts';
export { compressWords } from './llmlingua2/compress-words.ts';
export { openWordModel, type WordModel } from './llmlingua2/word-model.ts';
