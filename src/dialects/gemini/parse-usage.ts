import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { type Usage, usageOf } from '../../core/usage.ts';

/**
 * `usageMetadata`. The prompt's count holds the cached part, which is taken out here so that it is not billed twice; what
 * tools put into the prompt and what the model thought are counted beside it.
 * https://ai.google.dev/api/generate-content#UsageMetadata
 */
export function parseUsage(wire: JsonObject, webSearches: number): Usage {
  const prompt = count(wire['promptTokenCount']);
  const cacheRead = Math.min(count(wire['cachedContentTokenCount']), prompt);
  const input = prompt - cacheRead + count(wire['toolUsePromptTokenCount']);
  const thoughts = count(wire['thoughtsTokenCount']);
  const answer = count(wire['candidatesTokenCount']);
  const ofPrompt = (modality: string): number =>
    tokensOf(wire['promptTokensDetails'], modality) -
    tokensOf(wire['cacheTokensDetails'], modality) +
    tokensOf(wire['toolUsePromptTokensDetails'], modality);
  return usageOf({
    input,
    cacheRead,
    output: answer + thoughts,
    reasoning: thoughts,
    inputAudio: within(ofPrompt('AUDIO'), input),
    inputImage: within(ofPrompt('IMAGE'), input),
    cacheReadAudio: within(tokensOf(wire['cacheTokensDetails'], 'AUDIO'), cacheRead),
    outputAudio: within(tokensOf(wire['candidatesTokensDetails'], 'AUDIO'), answer),
    outputImage: within(tokensOf(wire['candidatesTokensDetails'], 'IMAGE'), answer),
    webSearches,
  });
}

/** The tier that served the call; on Vertex AI `trafficType` tells it. */
export function servedTier(wire: JsonObject): string | undefined {
  const { serviceTier, trafficType } = wire;
  if (typeof serviceTier === 'string') return serviceTier.toLowerCase();
  return typeof trafficType === 'string' && trafficType !== 'TRAFFIC_TYPE_UNSPECIFIED'
    ? trafficType.toLowerCase()
    : undefined;
}

function tokensOf(details: Json | undefined, modality: string): number {
  if (!Array.isArray(details)) return 0;
  return (details as readonly Json[]).reduce<number>(
    (sum, item) => sum + (isObject(item) && item['modality'] === modality ? count(item['tokenCount']) : 0),
    0,
  );
}

function within(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most);
}

function count(value: Json | undefined): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
