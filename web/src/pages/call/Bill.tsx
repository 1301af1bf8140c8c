import type { CallRecord } from '../../api/types.ts';
import { Panel } from '../../components/Panel.tsx';
import { exactDecimals, formatUsdTo, picoFromUsd, shareOf } from '../../format/money.ts';
import { formatPercent } from '../../format/number.ts';
import { kindName, rateText, unexplained, unitsText } from './bill.ts';

/** The bill: units × rate = cost, line by line, adding up to the total. */
export function Bill({ call }: { readonly call: CallRecord }) {
  const total = call.costUsd === null ? 0n : picoFromUsd(call.costUsd);
  const rest = unexplained(call);
  const decimals = exactDecimals([total, rest, ...call.costParts.map((part) => picoFromUsd(part.costUsd))]);
  if (call.costParts.length === 0)
    return (
      <Panel title="Cost">
        <p className="hint panel-note">
          {call.unpriced
            ? 'Without a price there is no bill; the usage is counted all the same.'
            : 'Nothing was billed.'}
        </p>
      </Panel>
    );
  return (
    <Panel
      title="Cost"
      aside={call.priceVersion && <span className="hint">prices: {call.priceVersion}</span>}
    >
      <div className="table-scroll">
        <table className="bill">
          <caption className="off-screen">Cost parts</caption>
          <thead>
            <tr>
              <th scope="col">For</th>
              <th scope="col" className="num">
                Units
              </th>
              <th scope="col" className="num">
                Rate
              </th>
              <th scope="col" className="num">
                Cost
              </th>
              <th scope="col" className="share-cell">
                Share
              </th>
            </tr>
          </thead>
          <tbody>
            {call.costParts.map((part, index) => {
              const cost = picoFromUsd(part.costUsd);
              return (
                <tr key={`${part.kind} ${index}`}>
                  <th scope="row">
                    {kindName(part.kind)}
                    {part.stage && (
                      <span className="quiet">
                        {' '}
                        for {part.stage}
                        {part.target && `, ${part.target}`}
                      </span>
                    )}
                  </th>
                  <td className="num">{unitsText(part)}</td>
                  <td className="num">
                    <span className="operator">×</span> {rateText(part)}
                  </td>
                  <td className="num bill-cost">{formatUsdTo(cost, decimals)}</td>
                  <td className="share-cell">
                    <span className="share" aria-hidden="true">
                      <span style={{ width: `${Math.max(0, shareOf(cost, total)) * 100}%` }} />
                    </span>
                    {formatPercent(shareOf(cost, total))}
                  </td>
                </tr>
              );
            })}
            {rest !== 0n && (
              <tr>
                <th scope="row">Not in these lines</th>
                <td />
                <td />
                <td className="num bill-cost">{formatUsdTo(rest, decimals)}</td>
                <td className="share-cell" />
              </tr>
            )}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">Total</th>
              <td />
              <td />
              <td className="num bill-cost">{formatUsdTo(total, decimals)}</td>
              <td className="share-cell" />
            </tr>
          </tfoot>
        </table>
      </div>
    </Panel>
  );
}
