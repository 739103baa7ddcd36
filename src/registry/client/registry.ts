import { type Reference, parseReference } from '../../oci/reference.ts';
import { discard } from './answer.ts';
import { Authorizer } from './authorizer.ts';
import { Connection, type Shared } from './connection.ts';
import { type Endpoint, endpointsOf } from './endpoint.ts';
import { Hosts } from './host.ts';
import { RemoteRepository } from './repository.ts';
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
  const { challenges } = await shared.hosts.of(endpoint, signal);
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer) {
    const request = { challenge: bearer, scopes: [], auth, offline: true, verify: endpoint.verify };
    const token = await fetchToken(shared.transport, { ...request, ...(signal && { signal }) });
    return token.refreshToken === undefined ? {} : { identityToken: token.refreshToken };
  }
  const connection = new Connection(shared, endpoint, { auth, scopes: [] });
  discard(await connection.call('/v2/', { method: 'GET', ok: [200], repeat: true, signal }));
  return {};
}
