import type { LiveCalls } from './use-live-calls.ts';

interface LiveToggleProps {
  readonly live: LiveCalls;
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
}

const STATES = { off: 'Live', connecting: 'Connecting…', live: 'Live', lost: 'Reconnecting…' } as const;

export function LiveToggle({ live, on, onChange }: LiveToggleProps) {
  return (
    <button
      type="button"
      className="button live-toggle"
      aria-pressed={on}
      data-state={on ? live.state : 'off'}
      title={on ? 'Calls appear as they end. Click to stop.' : 'Show calls as they end'}
      onClick={() => onChange(!on)}
    >
      <span className="live-dot" aria-hidden="true" />
      {on ? STATES[live.state] : STATES.off}
    </button>
  );
}
