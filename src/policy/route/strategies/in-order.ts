import type { Strategy } from '../candidate.ts';

export const inOrder: Strategy = ({ candidates }) => ({
  order: candidates,
  why: 'the first that may answer',
});
