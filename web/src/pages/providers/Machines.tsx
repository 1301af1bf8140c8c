import { useQuery } from '@tanstack/react-query';
import { machinesQuery } from '../../api/queries.ts';
import type { Machine } from '../../api/types.ts';
import { Money } from '../../components/Money.tsx';
import { Panel } from '../../components/Panel.tsx';
import { formatMs } from '../../format/duration.ts';
import { exactUsd, picoFromUsd } from '../../format/money.ts';
import { formatPercent } from '../../format/number.ts';
import { formatAgo } from '../../format/time.ts';

/** Self-hosted models: what their GPUs cost while they worked, and while nobody asked. */
export function Machines() {
  const { data } = useQuery(machinesQuery());
  if (!data || data.machines.length === 0) return null;
  return (
    <Panel
      title="GPU machines"
      aside={<span className="hint">busy time is billed to calls, idle time to nobody</span>}
    >
      {data.machines.map((machine) => (
        <MachineRow key={machine.provider} machine={machine} />
      ))}
    </Panel>
  );
}

function MachineRow({ machine }: { readonly machine: Machine }) {
  const { provider, gpus, hourlyUsd, since, busyMs, idleMs, busyCostUsd, idleCostUsd, idleShare } = machine;
  return (
    <div className="machine">
      <p>
        <strong>{provider}</strong>{' '}
        <span className="quiet">
          {gpus} {gpus === 1 ? 'GPU' : 'GPUs'}, {exactUsd(picoFromUsd(hourlyUsd))} an hour, since{' '}
          {formatAgo(since)}
        </span>
      </p>
      <div
        className="machine-bar"
        role="img"
        aria-label={`${formatPercent(1 - idleShare)} busy, ${formatPercent(idleShare)} idle`}
      >
        <span style={{ flexGrow: 1 - idleShare }} />
      </div>
      <dl className="machine-facts">
        <div>
          <dt>Busy {formatPercent(1 - idleShare)}</dt>
          <dd>
            <Money usd={busyCostUsd} /> <span className="quiet">{formatMs(busyMs)}</span>
          </dd>
        </div>
        <div>
          <dt>Idle {formatPercent(idleShare)}</dt>
          <dd>
            <Money usd={idleCostUsd} /> <span className="quiet">{formatMs(idleMs)}</span>
          </dd>
        </div>
      </dl>
    </div>
  );
}
