export { evaluateRouter, interval, type Judged } from './evaluate.ts';
export { checkSamples, readSamples } from './read-samples.ts';
export { formatRouterModel } from './router-model.ts';
export { heldOutPredictions, type Sample, targetsOf, trainHeads } from './train.ts';
