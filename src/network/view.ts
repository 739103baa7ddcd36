import { shortId } from '../lib/id.ts';
import type { NetworkContext } from './context.ts';
import { externalServers } from './dns/resolv-conf.ts';
import type { View } from './dns/resolve.ts';
import { gatewaysOf, isOutward } from './gateways.ts';
import type { NetworkRecord } from './network-record.ts';
import type { OpenSandbox } from './sandbox.ts';
import type { Endpoint } from './types.ts';

/** The names that a container sees: those of all its networks, its own links first. */
export function viewOf(context: NetworkContext, sandbox: OpenSandbox): View {
  const networks = (): NetworkRecord[] =>
    sandbox.endpoints.flatMap(({ endpoint }) => context.registry.find(endpoint.networkId) ?? []);
  return {
    find: (name) => findLinked(sandbox, networks(), name) ?? findName(networks(), name),
    nameOf: (ip) => findFirst(networks(), (network) => nameInNetwork(network, ip)),
    servers: () =>
      isOutward(gatewaysOf(context.registry, sandbox.endpoints)) ? externalServers(sandbox.dns) : [],
  };
}

/** `web`, or `web.network` for one network alone. */
function findName(networks: readonly NetworkRecord[], name: string): Endpoint[] | undefined {
  const all = unique(networks.flatMap((network) => network.names.find(name)));
  if (all.length > 0) return all;
  const scoped = networks.flatMap((network) => {
    const suffix = `.${network.name}`.toLowerCase();
    return name.toLowerCase().endsWith(suffix) ? network.names.find(name.slice(0, -suffix.length)) : [];
  });
  return scoped.length > 0 ? scoped : undefined;
}

/** `links: ['db:database']` makes `database` another name of `db`, for this container only. */
function findLinked(
  sandbox: OpenSandbox,
  networks: readonly NetworkRecord[],
  name: string,
): Endpoint[] | undefined {
  for (const { spec } of sandbox.endpoints) {
    for (const link of spec.links ?? []) {
      const [target = '', alias = target] = link.split(':');
      if (alias.toLowerCase() !== name.toLowerCase() || alias === target) continue;
      return findName(networks, nameOfTarget(target));
    }
  }
  return undefined;
}

/** A link may name a container by its whole id, of which the first twelve digits are a name. */
function nameOfTarget(target: string): string {
  const name = target.replace(/^\//, '');
  return /^[0-9a-f]{64}$/.test(name) ? shortId(name) : name;
}

function nameInNetwork(network: NetworkRecord, ip: string): string | undefined {
  const endpoint = network.names.findAddress(ip);
  return endpoint && `${endpoint.containerName}.${network.name}`;
}

function findFirst<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];
