export { gpuMeter, type GpuMeter, type GpuSnapshot, type GpuTicket } from './gpu-meter.ts';
export { contextWindow, type KnownModel, knownModels } from './models.ts';
export { mostOutputTokens } from './most-output.ts';
export { createPriceBook } from './price-book.ts';
