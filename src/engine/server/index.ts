export type { ChatMessage, PromptCodec } from './codec.ts';
export { createEngineServer, type EngineServer, type EngineServerOptions } from './engine-server.ts';
export type { ClusterReport, EngineReport, InstanceReport } from './report.ts';
