export { Admission } from './admission.ts';
export { admitStage } from './admit-stage.ts';
export type { SpentBefore } from './past.ts';
export { reserveStage } from './reserve-stage.ts';
export { rulesOfKey } from './rules.ts';
export { windowStart } from './window.ts';
