export { localAnswerStore } from './local-answer-store.ts';
export { redisAnswerStore } from './redis-answer-store.ts';
