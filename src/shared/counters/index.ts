export { channelCounters, serveCounters } from './channel-counters.ts';
export { localCounters } from './local-counters.ts';
export { redisCounters } from './redis-counters.ts';
