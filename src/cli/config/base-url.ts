import { parseBaseUrl } from '../../upstream/index.ts';
import type { Findings } from './findings.ts';
import type { PathStep } from './locate.ts';

/** Checks where a provider's API starts; null, with a finding, when it is no such URL. */
export function checkBaseUrl(text: string, path: readonly PathStep[], findings: Findings): string | null {
  try {
    const { origin, path: below } = parseBaseUrl(text);
    return origin + below;
  } catch (error) {
    const why = error instanceof RangeError ? error.message : 'is no URL';
    findings.error(path, why, 'Write it whole, such as http://vllm.internal:8000/v1.');
    return null;
  }
}
