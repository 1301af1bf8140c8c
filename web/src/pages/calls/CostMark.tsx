import type { CallView } from '../../api/types.ts';
import { Badge } from '../../components/Badge.tsx';
import { Money } from '../../components/Money.tsx';

export const COST_DECIMALS = 6;

/** A call's cost, and how far it can be trusted. */
export function CostMark({ call }: { readonly call: CallView }) {
  if (call.unpriced)
    return (
      <Badge tone="warn" title={call.unpricedReason ?? 'No price is known for this model'}>
        unpriced
      </Badge>
    );
  if (call.costUsd === null) return <span className="quiet">–</span>;
  return (
    <>
      {call.usageSource === 'estimated' && (
        <Badge title="The provider told no usage: tokens were counted here, and the cost is an estimate">
          est.
        </Badge>
      )}{' '}
      <Money usd={call.costUsd} decimals={COST_DECIMALS} />
    </>
  );
}
