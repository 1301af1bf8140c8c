export { Admission, type SpentBefore } from './admission.ts';
export { admitStage } from './admit-stage.ts';
export { reserveStage } from './reserve-stage.ts';
export { windowStart } from './window.ts';
