import type { EngineInstance, EngineReport } from '../../api/types.ts';
import { Badge } from '../../components/Badge.tsx';
import { formatCount } from '../../format/number.ts';
import { blockShares, blockWords, mostBlocks } from './blocks.ts';

const LEGEND = [
  ['own', 'own tokens'],
  ['lent', 'lent to others'],
  ['borrowed', 'borrowed, elsewhere'],
  ['free', 'free'],
] as const;

/** Who holds the KV: a bar of blocks for each process of the cluster. */
export function Instances({ report: { instances } }: { readonly report: EngineReport }) {
  const most = mostBlocks(instances);
  return (
    <>
      <div className="table-scroll">
        <table className="instances">
          <caption className="off-screen">Processes that hold this model’s KV, and their blocks</caption>
          <thead>
            <tr>
              <th scope="col">Instance</th>
              <th scope="col" className="instance-blocks">
                Blocks
              </th>
              {['Own', 'Lent', 'Borrowed', 'Free'].map((name) => (
                <th key={name} scope="col" className="number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {instances.map((instance) => (
              <InstanceRow key={instance.id} instance={instance} most={most} />
            ))}
          </tbody>
        </table>
      </div>
      <ul className="block-legend" aria-label="Colours of the bars">
        {LEGEND.map(([name, words]) => (
          <li key={name}>
            <span className={`block-swatch block-${name}`} />
            {words}
          </li>
        ))}
      </ul>
    </>
  );
}

function InstanceRow({ instance, most }: { readonly instance: EngineInstance; readonly most: number }) {
  const { id, role, self, planner, address, alive, blocks } = instance;
  const shares = blockShares(instance);
  return (
    <tr className={alive ? undefined : 'is-lost'}>
      <th scope="row">
        {id} {self && <Badge tone="accent">this</Badge>} {planner && <Badge>gManager</Badge>}{' '}
        {!alive && <Badge tone="bad">lost</Badge>}
        <span className="instance-place quiet">
          {role}
          {address && `, ${address}`}
        </span>
      </th>
      <td className="instance-blocks">
        <span className="block-bar" role="img" aria-label={blockWords(shares)}>
          {shares.map(({ name, count }) => (
            <span key={name} className={`block-${name}`} style={{ width: `${(100 * count) / most}%` }} />
          ))}
        </span>
      </td>
      {[blocks.used, blocks.lent, blocks.borrowed, blocks.free].map((count, column) => (
        <td key={column} className="number">
          {formatCount(count)}
        </td>
      ))}
    </tr>
  );
}
