export { createEmbedder, type EmbedderOptions, isEmbeddingFolder } from './embedder.ts';
