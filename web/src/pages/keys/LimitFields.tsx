import type { LimitFaults, LimitsInput } from './limits-input.ts';
import { SPANS } from './limits-input.ts';

interface LimitFieldsProps {
  readonly input: LimitsInput;
  readonly faults: LimitFaults;
  readonly onChange: (input: LimitsInput) => void;
}

/** What calls with a new key may cost, and how often they may be made. */
export function LimitFields({ input, faults, onChange }: LimitFieldsProps) {
  const field = (name: keyof LimitFaults, label: string, placeholder = 'no limit') => (
    <label className="field">
      <span>{label}</span>
      <input
        inputMode={name === 'usd' ? 'decimal' : 'numeric'}
        placeholder={placeholder}
        value={input[name]}
        aria-invalid={faults[name] !== undefined}
        onChange={(event) => onChange({ ...input, [name]: event.target.value })}
      />
      {faults[name] && <span className="field-error">{faults[name]}</span>}
    </label>
  );
  return (
    <fieldset className="limit-fields">
      <legend>Limits</legend>
      <div className="field-pair">
        {field('usd', 'Budget in dollars')}
        <label className="field">
          <span>For each</span>
          <select
            value={input.per}
            onChange={(event) =>
              onChange({ ...input, per: SPANS.find((span) => span === event.target.value) ?? 'month' })
            }
          >
            {SPANS.map((span) => (
              <option key={span} value={span}>
                {span} (UTC)
              </option>
            ))}
          </select>
        </label>
      </div>
      <div className="limit-rates">
        {field('requestsPerMinute', 'Requests / min')}
        {field('tokensPerMinute', 'Tokens / min')}
        {field('concurrency', 'Calls at once')}
      </div>
    </fieldset>
  );
}
