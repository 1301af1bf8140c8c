export type {
  BatchApi,
  BatchEntry,
  BatchHttp,
  BatchRequest,
  RemoteBatch,
  RemoteResult,
} from './batch-api.ts';
export { type BatchWording, batchWording } from './wording.ts';
