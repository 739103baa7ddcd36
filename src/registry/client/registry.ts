import { type Reference, parseReference } from '../../oci/reference.ts';
import { EngineError } from '../../lib/errors.ts';
import { discard, RegistryError } from './answer.ts';
import { Authorizer } from './authorizer.ts';
import type { Challenge } from './challenge.ts';
import { Connection, type Shared } from './connection.ts';
import { type Endpoint, endpointsOf } from './endpoint.ts';
import { Hosts } from './host.ts';
import { RemoteRepository } from './repository.ts';
import { searchIndex, splitTerm } from './search.ts';
import { fetchToken } from './token.ts';
import { Transport } from './transport.ts';
import type { Registry, RegistryAuth, RegistrySettings } from './types.ts';

/** The client side of the distribution protocol for all registries that an engine talks to. */
export function openRegistry(settings: RegistrySettings = {}): Registry {
  const transport = new Transport(settings);
  const shared: Shared = { transport, hosts: new Hosts(transport), authorizer: new Authorizer(transport) };
  return {
    repository: (reference, options) =>
      new RemoteRepository(reference, async () => {
        const endpoints = await endpointsOf(reference.domain, options.actions, settings);
        return endpoints.map((endpoint) => connect(shared, endpoint, reference, options));
      }),
    login: (domain, auth, options) => login(shared, settings, { domain, auth, signal: options?.signal }),
    search: async (asked, options) => {
      const { domain, term } = splitTerm(asked);
      const [endpoint] = await endpointsOf(domain, 'push', settings);
      return endpoint ? searchIndex(transport, { ...endpoint, domain }, term, options) : [];
    },
    close: () => transport.close(),
  };
}

function connect(
  shared: Shared,
  endpoint: Endpoint,
  { path }: Reference,
  options: { actions: 'pull' | 'push'; auth?: RegistryAuth; mountFrom?: readonly string[] },
): Connection {
  const rights = options.actions === 'push' ? 'pull,push' : 'pull';
  const scopes = [
    `repository:${endpoint.prefix}${path}:${rights}`,
    ...(options.mountFrom ?? []).map((from) => `repository:${from}:pull`),
  ];
  const auth = endpoint.mirror ? endpoint.auth : options.auth;
  return new Connection(shared, endpoint, { auth: auth ?? {}, scopes });
}

/** Docker's `login`: the token service, or the registry itself, must accept the credentials. */
async function login(
  shared: Shared,
  settings: RegistrySettings,
  { domain, auth, signal }: { domain: string; auth: RegistryAuth; signal: AbortSignal | undefined },
): Promise<{ identityToken?: string }> {
  const host = domain.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  const [endpoint] = await endpointsOf(parseReference(`${host}/x`).domain, 'push', settings);
  if (!endpoint) return {};
  const { origin, challenges } = await shared.hosts.of(endpoint, signal);
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  const work = bearer
    ? loginForToken(shared, endpoint, bearer, auth, signal)
    : loginByPassword(shared, endpoint, auth, signal);
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof RegistryError) || error.status !== 401) throw error;
    const text = bearer
      ? `Get "${origin}/v2/": ${error.message}`
      : `login attempt to ${origin}/v2/ failed with status: 401 Unauthorized`;
    throw new EngineError('unauthorized', text, { cause: error });
  }
}

async function loginForToken(
  { transport }: Shared,
  { verify }: Endpoint,
  challenge: Challenge,
  auth: RegistryAuth,
  signal: AbortSignal | undefined,
): Promise<{ identityToken?: string }> {
  const request = { challenge, scopes: [], auth, offline: true, verify };
  const { refreshToken } = await fetchToken(transport, { ...request, ...(signal && { signal }) });
  return refreshToken === undefined ? {} : { identityToken: refreshToken };
}

async function loginByPassword(
  shared: Shared,
  endpoint: Endpoint,
  auth: RegistryAuth,
  signal: AbortSignal | undefined,
): Promise<Record<string, never>> {
  const connection = new Connection(shared, endpoint, { auth, scopes: [] });
  discard(await connection.call('/v2/', { method: 'GET', ok: [200], repeat: true, signal }));
  return {};
}
