import { describe, expect, it } from 'vitest';
import { collectWarnings } from '../wire/warnings.ts';
import { shortCallId, shortUser } from './short-names.ts';

const VLLM_ID = 'chatcmpl-tool-0123456789abcdef0123456789abcdef';

describe('names that OpenAI limits', () => {
  it('keep what fits', () => {
    const warnings = collectWarnings();
    expect(shortCallId('toolu_01A09q90qw90lq917835lq9')).toBe('toolu_01A09q90qw90lq917835lq9');
    expect(shortUser('ann', warnings)).toBe('ann');
    expect(shortUser(undefined, warnings)).toBeUndefined();
    expect(warnings.all()).toEqual([]);
  });

  it('stay the same for the same and different for different long ones', () => {
    const warnings = collectWarnings();
    expect(shortCallId(VLLM_ID)).toMatch(/^call_[0-9a-f]{32}$/);
    expect(shortCallId(VLLM_ID)).toBe(shortCallId(VLLM_ID));
    expect(shortCallId(VLLM_ID)).not.toBe(shortCallId(`${VLLM_ID}0`));
    expect(shortUser('u'.repeat(65), warnings)).toHaveLength(64);
    expect(warnings.all()).toHaveLength(1);
  });
});
