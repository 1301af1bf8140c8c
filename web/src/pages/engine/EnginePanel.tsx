import { Link } from '@tanstack/react-router';
import type { LocalEngine } from '../../api/types.ts';
import { Badge } from '../../components/Badge.tsx';
import { Panel } from '../../components/Panel.tsx';
import { EngineFacts } from './EngineFacts.tsx';
import { Instances } from './Instances.tsx';

const TONES = {
  starting: 'warn',
  ready: 'accent',
  restarting: 'bad',
  refused: 'bad',
  stopped: 'plain',
} as const;

export function EnginePanel({ engine }: { readonly engine: LocalEngine }) {
  const { model, state, message, restarts, report } = engine;
  return (
    <Panel
      title={`local/${model}`}
      aside={
        <span className="engine-state">
          {restarts > 0 && (
            <span className="hint">restarted {restarts === 1 ? 'once' : `${restarts} times`}</span>
          )}
          <Badge tone={TONES[state]}>{state}</Badge>
          <Link to="/" search={{ provider: 'local', model }} className="hint">
            See its spend
          </Link>
        </span>
      }
    >
      {message !== null && <p className="engine-message">{message}</p>}
      {report ? (
        <>
          <EngineFacts report={report} />
          <Instances report={report} />
        </>
      ) : (
        message === null && <p className="engine-message quiet">Its figures come as soon as it is ready.</p>
      )}
    </Panel>
  );
}
