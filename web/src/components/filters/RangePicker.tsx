import { useState, type FormEvent } from 'react';
import { formatDay, formatTime } from '../../format/time.ts';
import { type Period, periodLengthMs, RANGES, type RangeSearch } from '../../view/range.ts';
import { Popover } from '../controls/Popover.tsx';

interface RangePickerProps {
  readonly period: Period;
  readonly allowAll: boolean;
  readonly onChange: (range: RangeSearch) => void;
}

const DAY_MS = 86_400_000;

export function RangePicker({ period, allowAll, onChange }: RangePickerProps) {
  const custom = period.kind === 'between';
  return (
    <div className="segmented range-picker" role="group" aria-label="Range">
      {RANGES.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={period.kind === 'last' && period.name === name}
          onClick={() => onChange({ range: name })}
        >
          {name}
        </button>
      ))}
      {allowAll && (
        <button type="button" aria-pressed={period.kind === 'all'} onClick={() => onChange({})}>
          All
        </button>
      )}
      <Popover
        title="Custom range"
        className="segmented-button"
        pressed={custom}
        label={custom ? spanText(period.from, period.to) : 'Custom'}
      >
        {(close) => (
          <CustomRange
            period={period}
            onApply={(range) => {
              onChange(range);
              close();
            }}
          />
        )}
      </Popover>
    </div>
  );
}

function CustomRange({
  period,
  onApply,
}: {
  readonly period: Period;
  readonly onApply: (range: RangeSearch) => void;
}) {
  const [initial] = useState(() => spanOf(period));
  const [from, setFrom] = useState(initial.from);
  const [to, setTo] = useState(initial.to);
  const reversed = from !== '' && to !== '' && from >= to;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reversed || !from || !to) return;
    onApply({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
  };
  return (
    <form className="stack" onSubmit={submit}>
      <label className="field">
        <span>From</span>
        <input
          type="datetime-local"
          required
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
      </label>
      <label className="field">
        <span>To</span>
        <input
          type="datetime-local"
          required
          value={to}
          aria-invalid={reversed}
          onChange={(event) => setTo(event.target.value)}
        />
      </label>
      {reversed && (
        <p className="field-error" role="alert">
          The end must be after the start.
        </p>
      )}
      <button type="submit" className="button button-primary">
        Apply
      </button>
    </form>
  );
}

function spanOf(period: Period): { readonly from: string; readonly to: string } {
  if (period.kind === 'between')
    return { from: localInput(Date.parse(period.from)), to: localInput(Date.parse(period.to)) };
  const now = Date.now();
  const length = period.kind === 'all' ? DAY_MS : periodLengthMs(period);
  return { from: localInput(now - length), to: localInput(now) };
}

/** As `<input type="datetime-local">` wants it: local time without a zone. */
function localInput(ms: number): string {
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function spanText(from: string, to: string): string {
  if (Date.parse(to) - Date.parse(from) >= 2 * DAY_MS) return `${formatDay(from)} – ${formatDay(to)}`;
  return `${formatTime(from)} – ${formatTime(to)}`;
}
