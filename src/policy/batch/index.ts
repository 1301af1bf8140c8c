export { itemCallId, lineOf, newBatchId, newFileId, newSubmissionId, remoteCustomId } from './ids.ts';
export { type InputLine, type InputReader, inputReader } from './input.ts';
export { answeredLine, CANCELLED, EXPIRED, unansweredLine } from './output.ts';
export { pollPause, retryPause } from './pauses.ts';
export { isOpenAt, opensAt } from './windows.ts';
