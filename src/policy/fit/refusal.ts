import { CallError } from '../../core/errors.ts';
import { FIT_WAYS, type FitSettings } from '../../core/plan/fit.ts';
import { formatTokens, formatWindow, type Measured } from './measure.ts';

/** What is known when nothing fits. */
export interface Misfit {
  readonly promptTokens: number;
  readonly exact: boolean;
  readonly reserve: number;
  readonly measured: readonly Measured[];
  /** Ways that were tried, with why each did not help. */
  readonly tried: readonly string[];
  readonly settings: FitSettings;
  /** The provider's own refusal, when it was asked. */
  readonly refused: CallError | null;
  /** Name of the alias or model that the client asked for. */
  readonly requestedModel: string;
}

/** The one error of a call that fits nowhere: how long it is, what each candidate takes, and what would help. */
export function misfitError(misfit: Misfit): CallError {
  const { promptTokens, exact, reserve, measured, tried, refused } = misfit;
  const about = exact ? '' : 'about ';
  const needs = `This call takes ${about}${formatTokens(promptTokens + reserve)} tokens (${formatTokens(promptTokens)} of prompt, ${formatTokens(reserve)} kept for the answer) and fits into none of its models: ${measured.map(({ target, window }) => formatWindow(target, window)).join(', ')}.`;
  const sentences = [
    ...(refused ? [refused.message.replace(/([^.!?…])$/, '$1.')] : []),
    needs,
    ...(tried.length > 0 ? [`Tried: ${tried.join('; ')}.`] : []),
    remedy(misfit),
  ];
  return new CallError('context_too_long', sentences.join(' '), {
    ...(refused?.param !== undefined && { param: refused.param }),
    ...(refused && { cause: refused }),
  });
}

function remedy({ settings, measured, requestedModel }: Misfit): string {
  const unused = FIT_WAYS.filter((way) => !settings.ways.includes(way));
  const advice = [
    ...(settings.longer.length === 0 ? ['name models with longer windows in fit.longer'] : []),
    ...(unused.length > 0 ? [`add ${unused.join(', ')} to fit.ways`] : []),
    ...(measured.some(({ window }) => window === null)
      ? ['set providers.<name>.window, so that lengths are known before']
      : []),
    'send less',
  ];
  return `What helps: ${advice.join('; ')} (settings of ${JSON.stringify(requestedModel.slice(0, 100))} or of all calls).`;
}
