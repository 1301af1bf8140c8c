import './providers.css';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { aboutQuery } from '../../api/queries.ts';
import type { ModelState } from '../../api/types.ts';
import { usePageTitle } from '../../components/page-title.ts';
import { Panel } from '../../components/Panel.tsx';
import { EmptyState } from '../../components/states/EmptyState.tsx';
import { ErrorState } from '../../components/states/ErrorState.tsx';
import { AddProvider } from './AddProvider.tsx';
import { Machines } from './Machines.tsx';
import { ProviderPanel } from './ProviderPanel.tsx';

export function Providers() {
  usePageTitle('Providers');
  const { data: about, error, refetch } = useQuery(aboutQuery());
  return (
    <div className="page">
      <div className="page-head">
        <h1>Providers</h1>
        {about?.config && !about.demo && (
          <p className="hint">
            {about.config.file ? (
              <>
                from <code>{about.config.file}</code>
              </>
            ) : (
              'from the environment; there is no configuration file'
            )}
          </p>
        )}
      </div>
      {about ? (
        <>
          {about.providers?.length === 0 && (
            <EmptyState title="No provider yet">
              <p>A provider is whoever runs a model: OpenAI, Anthropic, Google, or your own server.</p>
            </EmptyState>
          )}
          <div className="provider-grid">
            {about.providers?.map((provider) => (
              <ProviderPanel key={provider.name} provider={provider} />
            ))}
          </div>
          <Machines />
          <Aliases models={about.models ?? []} />
          <AddProvider about={about} />
        </>
      ) : error ? (
        <div className="panel">
          <ErrorState error={error} what="Providers" onRetry={() => void refetch()} />
        </div>
      ) : (
        <div className="provider-grid" aria-busy="true">
          <div className="panel skeleton-panel" />
          <div className="panel skeleton-panel" />
        </div>
      )}
    </div>
  );
}

function Aliases({ models }: { readonly models: readonly ModelState[] }) {
  if (models.length === 0) return null;
  return (
    <Panel title="Model names" aside={<span className="hint">provider/model always works too</span>}>
      <div className="table-scroll">
        <table>
          <caption className="off-screen">Names that clients may ask for</caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Targets, in order</th>
              <th scope="col">Strategy</th>
            </tr>
          </thead>
          <tbody>
            {models.map(({ name, targets, strategy }) => (
              <tr key={name}>
                <th scope="row">
                  <Link to="/calls" search={{ requestedModel: name }}>
                    {name}
                  </Link>
                </th>
                <td>{targets.join(' → ')}</td>
                <td>{strategy}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
