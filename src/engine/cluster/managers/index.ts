export { type Discovered, discover } from './discover.ts';
export type { LeaderLease } from './election.ts';
export { type Load, type LoadedRequest, NO_LOAD } from './entries.ts';
export type { LeaseGate } from './fence.ts';
export type { HomeShard } from './home.ts';
export type { ControlAddress, InstanceId, Role, Summary } from './messages.ts';
export type { PerformanceModel } from './performance-model.ts';
export type { Move } from './plan.ts';
export { redisLeaderLease } from './redis-leader-lease.ts';
export {
  type BlockMover,
  type RunningManager,
  type RunningStatus,
  startManager,
  type StartManagerOptions,
} from './start-manager.ts';
export type { InstanceStatus, ManagerStatus } from './status.ts';
