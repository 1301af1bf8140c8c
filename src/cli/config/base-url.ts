import type { Findings } from './findings.ts';
import type { PathStep } from './locate.ts';

/** Checks where a provider's API starts and drops the final slash; null, with a finding, when it is no such URL. */
export function checkBaseUrl(text: string, path: readonly PathStep[], findings: Findings): string | null {
  const fail = (message: string, remedy: string): null => {
    findings.error(path, message, remedy);
    return null;
  };
  if (!URL.canParse(text)) return fail('is no URL', 'Write it whole, such as http://vllm.internal:8000/v1.');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return fail(`has the scheme ${url.protocol}//`, 'Write http:// or https:// before it.');
  if (url.username !== '' || url.password !== '')
    return fail('holds a user name or password', 'Put credentials into keys or headers.');
  if (url.search !== '' || url.hash !== '')
    return fail('holds a query or a fragment', 'Leave off everything from the "?" or "#" on.');
  return text.replace(/\/+$/, '');
}
