import type { CallRecord } from '../../api/types.ts';
import { Panel } from '../../components/Panel.tsx';
import { exactDecimals, formatUsdTo, picoFromUsd } from '../../format/money.ts';
import { capital } from '../../format/words.ts';

/** What each decision saved, and what the call would have cost without them. Nothing where no saving is known. */
export function Saved({ call }: { readonly call: CallRecord }) {
  const decisions = call.decisions.flatMap(({ savedUsd, ...decision }) =>
    savedUsd === undefined ? [] : [{ ...decision, saved: picoFromUsd(savedUsd) }],
  );
  if (decisions.length === 0 || call.costUsd === null) return null;
  const cost = picoFromUsd(call.costUsd);
  const sum = decisions.reduce((total, { saved }) => total + saved, 0n);
  const decimals = exactDecimals([cost, cost + sum, ...decisions.map(({ saved }) => saved)]);
  const levers = new Set(decisions.map(({ stage }) => stage)).size;
  return (
    <Panel title="Saved">
      <div className="table-scroll">
        <table className="bill">
          <caption className="off-screen">Savings</caption>
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col" className="num">
                Dollars
              </th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">Cost</th>
              <td className="num">{formatUsdTo(cost, decimals)}</td>
            </tr>
            {decisions.map(({ stage, action, saved, atMs }, index) => (
              <tr key={`${atMs} ${stage} ${index}`}>
                <th scope="row">
                  {capital(stage)} <span className="quiet">{action.replaceAll('-', ' ')}</span>
                </th>
                <td className="num">{formatUsdTo(saved, decimals)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">Would have cost</th>
              <td className="num">{formatUsdTo(cost + sum, decimals)}</td>
            </tr>
          </tfoot>
        </table>
      </div>
      {levers > 1 && (
        <p className="hint panel-note">
          Each lever is counted against not using it alone, so that what they saved may overlap.
        </p>
      )}
    </Panel>
  );
}
