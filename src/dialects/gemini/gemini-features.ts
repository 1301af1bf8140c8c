/** What a Gemini model takes and what it answers with an error. */
export interface GeminiFeatures {
  /** `budget`: thinking is given tokens; `level`: the model decides, guided by a level. */
  readonly thinking: 'none' | 'budget' | 'level';
  readonly isPro: boolean;
  /** Insists on the thought signature of its own function calls, and takes media within function responses. */
  readonly signsCalls: boolean;
  readonly takesPenalties: boolean;
  /** Whether functions and a JSON answer may be asked for at once. */
  readonly mixesToolsAndJson: boolean;
  /** Whether search is billed by the query; before Gemini 3 by the request. */
  readonly billsEachSearch: boolean;
}

/** `gemini-2.5-pro`, `models/gemini-3.1-flash-preview`, `tunedModels/…`, `gemini-flash-latest` */
const VERSION = /gemini-(\d+)(?:\.(\d+))?/;

/** By the version in the name; one without a version is taken for the newest. */
export function geminiFeatures(model: string): GeminiFeatures {
  const match = VERSION.exec(model);
  const version = match ? Number(match[1]) + Number(match[2] ?? 0) / 100 : unversioned(model);
  return {
    thinking: version < 2.05 ? 'none' : version < 3 ? 'budget' : 'level',
    isPro: /\bpro\b/.test(model),
    signsCalls: version >= 3,
    // Google answers "Penalty is not enabled for this model".
    takesPenalties: version < 2.05 || version >= 3,
    mixesToolsAndJson: version >= 3,
    billsEachSearch: version >= 3,
  };
}

function unversioned(model: string): number {
  return /gemini-pro(-vision)?$/.test(model) ? 1 : 99;
}
