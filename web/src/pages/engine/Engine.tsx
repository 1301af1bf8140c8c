import './engine.css';
import { useQuery } from '@tanstack/react-query';
import { engineQuery } from '../../api/queries.ts';
import { usePageTitle } from '../../components/page-title.ts';
import { ErrorState } from '../../components/states/ErrorState.tsx';
import { EnginePanel } from './EnginePanel.tsx';
import { LendMemory } from './LendMemory.tsx';
import { NoModel } from './NoModel.tsx';

export function Engine() {
  usePageTitle('Engine');
  const { data, error, refetch } = useQuery(engineQuery());
  return (
    <div className="page">
      <div className="page-head">
        <h1>Engine</h1>
        <p className="hint">models that this machine serves by itself</p>
      </div>
      {data ? (
        data.engines.length === 0 ? (
          <NoModel />
        ) : (
          <>
            {data.engines.map((engine) => (
              <EnginePanel key={engine.model} engine={engine} />
            ))}
            <LendMemory />
          </>
        )
      ) : error ? (
        <div className="panel">
          <ErrorState error={error} what="Engine" onRetry={() => void refetch()} />
        </div>
      ) : (
        <div className="panel skeleton-panel" aria-busy="true" />
      )}
    </div>
  );
}
