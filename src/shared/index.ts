export { ipcBus, serveBus } from './ipc-bus.ts';
export { localBus } from './local-bus.ts';
export { redisBus } from './redis-bus.ts';
