import type { CallView } from '../../api/types.ts';
import { SkeletonRows } from '../../components/states/Skeleton.tsx';
import type { CallsView } from '../../view/calls-view.ts';
import { CallRow } from './CallRow.tsx';

interface CallTableProps {
  readonly calls: readonly CallView[] | undefined;
  readonly fresh: ReadonlySet<string>;
  readonly view: CallsView;
  readonly onOpen: (id: string) => void;
}

const COLUMNS = [
  ['time', 'Time', ''],
  ['status', 'Status', ''],
  ['model', 'Model', ''],
  ['owner', 'Team / user', ''],
  ['tags', 'Tags', ''],
  ['tokens', 'In', 'num'],
  ['tokens', 'Cached', 'num'],
  ['tokens', 'Out', 'num'],
  ['ms', 'First token', 'num'],
  ['ms', 'Total', 'num'],
  ['cost', 'Cost', 'num'],
] as const;

export function CallTable({ calls, fresh, view, onOpen }: CallTableProps) {
  const columns = view.lever ? [...COLUMNS, ['cost', 'Saved', 'num'] as const] : COLUMNS;
  return (
    <div className="table-scroll calls-scroll">
      <table className="calls-table" aria-busy={!calls}>
        <caption className="off-screen">Calls, newest first</caption>
        <colgroup>
          {columns.map(([width, label]) => (
            <col key={label} className={`col-${width}`} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {columns.map(([, label, align]) => (
              <th key={label} scope="col" className={align || undefined}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        {calls ? (
          <tbody>
            {calls.map((call) => (
              <CallRow key={call.id} call={call} view={view} fresh={fresh.has(call.id)} onOpen={onOpen} />
            ))}
          </tbody>
        ) : (
          <SkeletonRows rows={20} columns={columns.length} />
        )}
      </table>
    </div>
  );
}
