import { Link } from '@tanstack/react-router';
import type { ProviderKeyState, ProviderState, TargetState } from '../../api/types.ts';
import { Badge } from '../../components/Badge.tsx';
import { Panel } from '../../components/Panel.tsx';
import { formatTime } from '../../format/time.ts';

export function ProviderPanel({ provider }: { readonly provider: ProviderState }) {
  const { name, kind, baseUrl, dialects, keys, targets } = provider;
  return (
    <Panel
      title={name}
      aside={
        <Link to="/" search={{ provider: name }} className="hint">
          See its spend
        </Link>
      }
    >
      <dl className="facts">
        <div>
          <dt>Kind</dt>
          <dd>{kind}</dd>
        </div>
        <div>
          <dt>Base URL</dt>
          <dd>
            <code>{baseUrl}</code>
          </dd>
        </div>
        <div>
          <dt>Speaks</dt>
          <dd>{dialects.join(', ')}</dd>
        </div>
        <div>
          <dt>Keys</dt>
          <dd>{keys.length > 0 ? <KeyStates keys={keys} /> : <span className="quiet">none</span>}</dd>
        </div>
        <div>
          <dt>Breakers</dt>
          <dd>
            {targets.length > 0 ? (
              <Breakers targets={targets} />
            ) : (
              <span className="quiet">not called yet</span>
            )}
          </dd>
        </div>
      </dl>
    </Panel>
  );
}

function KeyStates({ keys }: { readonly keys: readonly ProviderKeyState[] }) {
  return (
    <ul className="states">
      {keys.map(({ fingerprint, state, until }) => (
        <li key={fingerprint}>
          <code>{fingerprint}</code>
          {state === 'ready' ? (
            <span className="quiet">ready</span>
          ) : (
            <Badge tone="warn">cooling{until && ` until ${formatTime(until)}`}</Badge>
          )}
        </li>
      ))}
    </ul>
  );
}

const BREAKER_WORDS = {
  closed: 'closed',
  open: 'open: calls go elsewhere',
  'half-open': 'half-open: trying again',
} as const;

function Breakers({ targets }: { readonly targets: readonly TargetState[] }) {
  return (
    <ul className="states">
      {targets.map(({ model, breaker }) => (
        <li key={model}>
          <span>{model}</span>
          {breaker === 'closed' ? (
            <span className="quiet">closed</span>
          ) : (
            <Badge tone={breaker === 'open' ? 'bad' : 'warn'}>{BREAKER_WORDS[breaker]}</Badge>
          )}
        </li>
      ))}
    </ul>
  );
}
