import { compact, type JsonObject } from '../../core/json.ts';
import type { UsagePart } from '../../core/part.ts';
import { promptTokens, type Usage } from '../../core/usage.ts';

/** `usageMetadata`; cache writes have no count of their own here and are part of the prompt's. */
export function formatUsage({ usage, serviceTier }: UsagePart): JsonObject {
  const prompt = promptTokens(usage);
  return compact({
    promptTokenCount: prompt,
    candidatesTokenCount: usage.output - usage.reasoning,
    totalTokenCount: prompt + usage.output,
    cachedContentTokenCount: usage.cacheRead > 0 ? usage.cacheRead : undefined,
    thoughtsTokenCount: usage.reasoning > 0 ? usage.reasoning : undefined,
    promptTokensDetails: details(prompt, usage.inputAudio + usage.cacheReadAudio, usage.inputImage),
    cacheTokensDetails:
      usage.cacheReadAudio > 0 ? details(usage.cacheRead, usage.cacheReadAudio, 0) : undefined,
    candidatesTokensDetails: outputDetails(usage),
    serviceTier,
  });
}

function outputDetails({ output, reasoning, outputAudio, outputImage }: Usage): JsonObject[] | undefined {
  if (outputAudio + outputImage === 0) return undefined;
  return details(output - reasoning, outputAudio, outputImage);
}

function details(total: number, audio: number, image: number): JsonObject[] {
  return [
    { modality: 'TEXT', tokenCount: Math.max(0, total - audio - image) },
    { modality: 'AUDIO', tokenCount: audio },
    { modality: 'IMAGE', tokenCount: image },
  ].filter(({ modality, tokenCount }) => modality === 'TEXT' || tokenCount > 0);
}
