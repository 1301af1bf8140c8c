import type { CallRecord, UsageKind } from '../../api/types.ts';
import { Panel } from '../../components/Panel.tsx';
import { formatCount, formatPercent } from '../../format/number.ts';
import { kindName } from './bill.ts';

/** The kinds that make up all tokens, each with its colour. */
const WHOLE = [
  ['input', 'var(--series-2)'],
  ['cacheRead', 'var(--series-1)'],
  ['cacheWrite5m', 'var(--series-6)'],
  ['cacheWrite1h', 'var(--series-7)'],
  ['output', 'var(--series-3)'],
] as const satisfies readonly (readonly [UsageKind, string])[];

/** Parts of those, and paid extras. */
const PARTS = [
  'reasoning',
  'inputAudio',
  'inputImage',
  'cacheReadAudio',
  'outputAudio',
  'outputImage',
  'webSearches',
  'fileSearches',
] as const satisfies readonly UsageKind[];

export function UsageBar({ call: { usage, usageSource } }: { readonly call: CallRecord }) {
  const all = WHOLE.reduce((sum, [kind]) => sum + usage[kind], 0);
  const parts = PARTS.filter((kind) => usage[kind] > 0);
  return (
    <Panel
      title="Tokens"
      aside={
        usageSource && (
          <span className="hint">
            as {usageSource === 'provider' ? 'the provider reported' : 'counted here'}
          </span>
        )
      }
    >
      {all === 0 ? (
        <p className="hint panel-note">Nothing was consumed, as far as is known.</p>
      ) : (
        <div className="usage">
          <div className="usage-bar" aria-hidden="true">
            {WHOLE.map(([kind, color]) => (
              <span
                key={kind}
                style={{ flexGrow: usage[kind], background: color }}
                hidden={usage[kind] === 0}
              />
            ))}
          </div>
          <dl>
            {WHOLE.filter(([kind]) => usage[kind] > 0).map(([kind, color]) => (
              <div key={kind}>
                <dt>
                  <span className="swatch" style={{ background: color }} />
                  {kindName(kind)}
                </dt>
                <dd>
                  {formatCount(usage[kind])} <span className="quiet">{formatPercent(usage[kind] / all)}</span>
                </dd>
              </div>
            ))}
            {parts.map((kind) => (
              <div key={kind} className="usage-part">
                <dt>{kindName(kind)}</dt>
                <dd>{formatCount(usage[kind])}</dd>
              </div>
            ))}
          </dl>
        </div>
      )}
    </Panel>
  );
}
