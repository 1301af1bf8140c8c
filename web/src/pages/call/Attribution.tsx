import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { CallRecord } from '../../api/types.ts';
import { CopyButton } from '../../components/controls/CopyButton.tsx';
import { Panel } from '../../components/Panel.tsx';
import { formatInstant } from '../../format/time.ts';
import type { Filters } from '../../view/filters.ts';

/** Whose call it was and what it is called; what can be filtered by is a link to its like. */
export function Attribution({ call }: { readonly call: CallRecord }) {
  return (
    <Panel title="Whose call">
      <dl className="facts">
        <Fact name="Team">{call.team && <Like filters={{ team: call.team }}>{call.team}</Like>}</Fact>
        <Fact name="User">{call.user && <Like filters={{ user: call.user }}>{call.user}</Like>}</Fact>
        <Fact name="Key">
          {call.keyId ? <Like filters={{ key: call.keyId }}>{call.keyName}</Like> : call.keyName}
        </Fact>
        <Fact name="Session">
          {call.session && <Like filters={{ session: call.session }}>{call.session}</Like>}
        </Fact>
        {Object.entries(call.tags).map(([name, value]) => (
          <Fact key={name} name={name}>
            <Like filters={{ tag: [`${name}:${value}`] }}>{value}</Like>
          </Fact>
        ))}
      </dl>
    </Panel>
  );
}

export function Facts({ call }: { readonly call: CallRecord }) {
  return (
    <Panel title="Facts">
      <dl className="facts">
        <Fact name="Started">{formatInstant(call.startedAt)}</Fact>
        <Fact name="Asked for">{call.requestedModel}</Fact>
        <Fact name="Target">{call.target && `${call.target.provider}/${call.target.model}`}</Fact>
        <Fact name="Answered by">{call.servedModel}</Fact>
        <Fact name="Client API">
          {call.dialect}, {call.operation}, {call.stream ? 'streamed' : 'not streamed'}
        </Fact>
        <Fact name="Service tier">{call.serviceTier}</Fact>
        <Fact name="Attempts">{call.attempts}</Fact>
        <Fact name="Finish">{call.finishReason}</Fact>
        <Id name="Call id" value={call.id} />
        {call.traceId && <Id name="Trace id" value={call.traceId} />}
      </dl>
    </Panel>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  const known = children !== null && children !== '' && children !== undefined;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{known ? children : <span className="quiet">–</span>}</dd>
    </div>
  );
}

function Id({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="with-copy">
        <code>{value}</code>
        <CopyButton text={value} label={`Copy the ${name.toLowerCase()}`} />
      </dd>
    </div>
  );
}

function Like({ filters, children }: { readonly filters: Filters; readonly children: ReactNode }) {
  return (
    <Link to="/calls" search={filters} title="Calls like this">
      {children}
    </Link>
  );
}
