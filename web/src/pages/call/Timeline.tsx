import type { CallRecord } from '../../api/types.ts';
import { Panel } from '../../components/Panel.tsx';
import { formatMs } from '../../format/duration.ts';
import { SavedBadge } from './SavedBadge.tsx';
import { phasesOf, timelineOf } from './timeline.ts';

/** What happened when, and who decided it. */
export function Timeline({ call }: { readonly call: CallRecord }) {
  const events = timelineOf(call);
  const phases = phasesOf(call);
  const percent = (ms: number) => `${call.totalMs === 0 ? 0 : Math.min(100, (ms / call.totalMs) * 100)}%`;
  return (
    <Panel
      title="Timeline"
      aside={
        <span className="hint">
          {formatMs(call.totalMs)}, of which {formatMs(call.overheadMs)} in the gateway
        </span>
      }
    >
      <div className="timeline-bar" aria-hidden="true">
        {phases.map(({ name, label, fromMs, toMs }) => (
          <span
            key={name}
            className={`phase phase-${name}`}
            style={{ flexGrow: Math.max(toMs - fromMs, 0.0001) }}
            title={`${formatMs(toMs - fromMs)} ${label}`}
          />
        ))}
        {events.map(({ atMs, title, tone }, index) => (
          <span
            key={`${atMs} ${title} ${index}`}
            className={`tick tick-${tone}`}
            style={{ left: percent(atMs) }}
          />
        ))}
      </div>
      <p className="phases hint">
        {phases.map(({ name, label, fromMs, toMs }) => (
          <span key={name} className={`phase-label phase-label-${name}`}>
            {formatMs(toMs - fromMs)} {label}
          </span>
        ))}
      </p>
      <ol className="events">
        {events.map(({ atMs, title, stage, text, tone, details, savedUsd }, index) => (
          <li key={`${atMs} ${title} ${index}`} data-tone={tone}>
            <span className="event-at">{index === 0 ? '0 ms' : `+${formatMs(atMs)}`}</span>
            <div>
              <strong>{title}</strong> {stage && <span className="quiet">{stage}</span>}{' '}
              {savedUsd !== null && <SavedBadge usd={savedUsd} />}
              {text && <p>{text}</p>}
              {details && (
                <dl className="event-details">
                  {Object.entries(details).map(([name, value]) => (
                    <div key={name}>
                      <dt>{name}</dt>
                      <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
                    </div>
                  ))}
                </dl>
              )}
            </div>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
