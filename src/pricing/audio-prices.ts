import { flatRate, type RateCard } from './rate-card.ts';

/**
 * Audio rates of models that the list prices as text only. Dollars per million audio tokens, read on 2026-11-24 from
 * the models' pages: https://developers.openai.com/api/docs/models/gpt-4o-audio-preview and …/gpt-4o-mini-audio-preview.
 * The first snapshot cost more; the speech model's listed output rate is that of its audio.
 */
const AUDIO_RATES: ReadonlyMap<string, RateCard> = new Map(
  Object.entries({
    'gpt-4o-audio-preview-2024-10-01': { inputAudio: flatRate('100'), outputAudio: flatRate('200') },
    'gpt-4o-audio-preview': { inputAudio: flatRate('40'), outputAudio: flatRate('80') },
    'gpt-4o-mini-audio-preview': { inputAudio: flatRate('10'), outputAudio: flatRate('20') },
    'gpt-4o-mini-tts': { outputAudio: flatRate('12') },
  }),
);

/** By the name that was served, else by the list's name for it. */
export function audioRates(model: string, listedId: string): RateCard | null {
  return AUDIO_RATES.get(model) ?? AUDIO_RATES.get(listedId) ?? null;
}
