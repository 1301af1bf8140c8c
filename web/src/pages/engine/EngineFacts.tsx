import type { ReactNode } from 'react';
import type { EngineReport } from '../../api/types.ts';
import { formatBytes } from '../../format/bytes.ts';
import { formatMs } from '../../format/duration.ts';
import { formatCompact, formatCount } from '../../format/number.ts';

/** The figures of one engine. */
export function EngineFacts({ report }: { readonly report: EngineReport }) {
  const { running, waiting, requests, tokensPerSecond, tokensHeld, contextLength, kv, wire } = report;
  return (
    <dl className="engine-facts">
      <Fact
        name="Requests"
        more={`${formatCompact(requests.finished)} finished, ${formatCompact(requests.failed)} failed`}
      >
        {formatCount(running)} running{waiting > 0 && `, ${formatCount(waiting)} waiting`}
      </Fact>
      <Fact
        name="Speed"
        more={`${formatCompact(report.decodeTokens)} generated, ${formatCompact(report.prefillTokens)} prefilled`}
      >
        {tokensPerSecond.toFixed(1)} tokens/s
      </Fact>
      <Fact name="Context held" more={`longest possible ${formatCompact(contextLength)}`}>
        {formatCompact(tokensHeld)} tokens
      </Fact>
      <Fact
        name="KV cache"
        more={`${kv.type}, ${formatBytes(kv.blockBytes)} a block of ${kv.blockTokens} tokens`}
      >
        {formatBytes(report.blocks.total * kv.blockBytes)}
      </Fact>
      <Fact name="On the wire" more={`${formatBytes(wire.receivedBytes)} received`}>
        {formatBytes(wire.sentBytes)} sent
      </Fact>
      <Fact
        name="Up"
        more={report.preemptions > 0 ? `${formatCount(report.preemptions)} preemptions` : 'no preemption'}
      >
        {formatMs(report.uptimeMs)}
      </Fact>
    </dl>
  );
}

interface FactProps {
  readonly name: string;
  readonly more: string;
  readonly children: ReactNode;
}

function Fact({ name, more, children }: FactProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children}
        <span className="quiet">{more}</span>
      </dd>
    </div>
  );
}
