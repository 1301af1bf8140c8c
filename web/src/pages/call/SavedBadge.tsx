import { Badge } from '../../components/Badge.tsx';
import { exactUsd, formatUsd, picoFromUsd } from '../../format/money.ts';

/** What a decision saved, or how much dearer it made the call. */
export function SavedBadge({ usd }: { readonly usd: string }) {
  const pico = picoFromUsd(usd);
  if (pico < 0n)
    return (
      <Badge tone="warn" title={exactUsd(-pico)}>
        {formatUsd(-pico)} dearer
      </Badge>
    );
  return (
    <Badge tone="accent" title={exactUsd(pico)}>
      saved {formatUsd(pico)}
    </Badge>
  );
}
