import type { CallView } from '../../api/types.ts';
import { askedFor } from './call-words.ts';

/** What was asked for and who answered: `fast → gpt-4o-mini openai`. */
export function CallModel({ call }: { readonly call: CallView }) {
  const asked = askedFor(call);
  const { target } = call;
  const words = [asked, target && `${target.provider}/${target.model}`].filter(Boolean).join(' → ');
  return (
    <span className="call-model" title={words}>
      {asked && (
        <span className={target ? 'quiet' : undefined}>
          {asked}
          {target && ' → '}
        </span>
      )}
      {target && (
        <>
          {target.model} <span className="quiet">{target.provider}</span>
        </>
      )}
    </span>
  );
}
