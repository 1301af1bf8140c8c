import { CallError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import { uuidv7 } from '../../core/ids.ts';
import type { Settings } from '../../core/settings.ts';
import { Trail } from '../../core/trail.ts';
import type { BatchHttp } from '../../upstream/batch/index.ts';
import type { Upstreams } from '../../upstream/index.ts';
import { openRelay } from '../open-call.ts';

interface RemoteDeps {
  readonly settings: () => Settings;
  readonly upstreams: () => Upstreams;
  readonly clock: Clock;
}

const NOTHING = Buffer.alloc(0);

/** Requests to a provider about its batches: not calls of anybody, and in no ledger. */
export function remoteHttp(
  { settings, upstreams, clock }: RemoteDeps,
  provider: string,
  signal: AbortSignal,
): BatchHttp {
  return async function* request({ method, path, contentType, body }) {
    const upstream = upstreams().get(provider);
    if (!upstream)
      throw new CallError('model_not_found', `No provider is called ${JSON.stringify(provider)}.`);
    const receivedAt = clock.now();
    const call = openRelay(
      {
        settings: settings(),
        id: uuidv7(receivedAt),
        receivedAt,
        caller: NOBODY,
        trail: new Trail(() => clock.ticks()),
        signal,
      },
      { method, url: path, headers: contentType === undefined ? {} : { 'content-type': contentType } },
      body ? Buffer.from(body) : NOTHING,
      provider,
      path,
    );
    const target = { provider, model: 'batches' };
    for await (const part of upstream.send({ ...call, target })) if (part.type === 'wire') yield* part.chunks;
  };
}

const NOBODY = {
  keyId: null,
  keyName: null,
  team: null,
  user: null,
  tags: {},
  session: null,
  traceparent: null,
  credential: null,
} as const;
