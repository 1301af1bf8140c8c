import './welcome.css';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { aboutQuery } from '../../api/queries.ts';
import type { About } from '../../api/types.ts';
import { CodeBlock } from '../../components/controls/CodeBlock.tsx';
import { CopyButton } from '../../components/controls/CopyButton.tsx';
import { Samples } from './Samples.tsx';

/** The page of a server that has seen no call yet: what to do for the first one. */
export function Welcome() {
  const { data: about } = useQuery(aboutQuery());
  const { origin } = window.location;
  return (
    <div className="welcome">
      <header>
        <h1>Make the first call</h1>
        <p>
          Point a client here and go on as before. Each call then stands in the ledger with what it cost and
          why, at most a second after it ended.
        </p>
        <p className="address">
          <span>Base URL</span>
          <code>{origin}</code>
          <CopyButton text={origin} label="Copy the base URL" />
        </p>
      </header>
      <ol className="steps">
        <li>
          <h2>A provider key</h2>
          {about && <ProviderStep about={about} />}
        </li>
        <li>
          <h2>One changed line</h2>
          <p>Only the base URL is new. Tags are free to choose: spend can be split by each of them later.</p>
          <Samples />
        </li>
        <li>
          <h2>A second later</h2>
          <p className="waiting" role="status">
            <span className="pulse" aria-hidden="true" />
            Waiting for the first call. This page turns into the overview by itself.
          </p>
        </li>
      </ol>
    </div>
  );
}

function ProviderStep({ about }: { readonly about: About }) {
  const ready = about.providers?.filter(({ keys }) => keys.length > 0).map(({ name }) => name) ?? [];
  if (ready.length > 0)
    return (
      <p>
        Done: {ready.join(', ')} {ready.length === 1 ? 'has' : 'have'} a key. See{' '}
        <Link to="/providers">providers</Link> for their state.
      </p>
    );
  return (
    <>
      {about.passthroughCredential && (
        <p>
          Not needed to begin: until a provider has a key here, the one your client already sends is passed on
          to the provider of its dialect and to no other host.
        </p>
      )}
      <p>To keep provider keys on the server, set one or more before it starts:</p>
      <CodeBlock
        code={'OPENAI_API_KEY=sk-… ANTHROPIC_API_KEY=sk-ant-… GEMINI_API_KEY=… npm start'}
        label="Start with provider keys"
      />
    </>
  );
}
