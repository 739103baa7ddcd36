import type { Container } from '../container/types.ts';
import type { IpamPool, Network } from '../network/types.ts';
import type { IpamConfig, NetworkInspect } from '../wire/network.ts';
import type { Engine } from './engine.ts';

/** A network as lists tell it; with `containers` as `inspect` does. */
export function networkView(network: Network, containers?: NetworkInspect['Containers']): NetworkInspect {
  return {
    Name: network.name,
    Id: network.id,
    Created: network.createdAt.toISOString(),
    Scope: 'local',
    Driver: network.driver,
    EnableIPv4: network.enableIpv4,
    EnableIPv6: network.enableIpv6,
    IPAM: ipamView(network),
    Internal: network.internal,
    Attachable: network.attachable,
    Ingress: false,
    ConfigFrom: { Network: network.configFrom },
    ConfigOnly: network.configOnly,
    ...(containers && { Containers: containers }),
    Options: { ...network.options },
    Labels: { ...network.labels },
  };
}

/** Networks that the engine makes itself have no options, and those without addresses no list of them either. */
function ipamView(network: Network): NetworkInspect['IPAM'] {
  const { isPredefined, driver, ipamDriver, ipamOptions, pools } = network;
  return {
    Driver: ipamDriver,
    Options: isPredefined ? null : ipamOptions,
    Config: isPredefined && driver !== 'bridge' ? null : pools.map(poolView),
  };
}

const MAX_COUNT = 2n ** 64n - 1n;

/** How many addresses are taken and left, since API 1.52. */
export function networkStatus(network: Network): NonNullable<NetworkInspect['Status']> {
  return {
    IPAM: {
      Subnets: Object.fromEntries(
        network
          .usage()
          .map(({ subnet, used, free }) => [
            subnet,
            { IPsInUse: count(used), DynamicIPsAvailable: count(free) },
          ]),
      ),
    },
  };
}

/** As JSON text, which has digits that numbers of JavaScript have no room for. */
function count(value: bigint): number {
  return rawJson(String(value > MAX_COUNT ? MAX_COUNT : value));
}

const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): number };

/** Who is in a network, by id. */
export const containersOf = (network: Network, engine: Engine): NetworkInspect['Containers'] => ({
  ...containersView(network),
  ...hostContainers(network, engine),
});

function poolView(pool: IpamPool): IpamConfig {
  return {
    Subnet: pool.subnet,
    ...(pool.ipRange !== undefined && { IPRange: pool.ipRange }),
    ...(pool.gateway !== undefined && { Gateway: pool.gateway }),
    ...(pool.reserved && { AuxiliaryAddresses: { ...pool.reserved } }),
  };
}

function containersView(network: Network): NetworkInspect['Containers'] {
  return Object.fromEntries(
    [...network.endpoints].map(([containerId, endpoint]) => [
      containerId,
      {
        Name: endpoint.containerName,
        EndpointID: endpoint.id,
        MacAddress: endpoint.mac,
        IPv4Address: endpoint.ipv4 && `${endpoint.ipv4}/${endpoint.prefix4}`,
        IPv6Address: endpoint.ipv6 && `${endpoint.ipv6}/${endpoint.prefix6}`,
      },
    ]),
  );
}

/** Those that use the host's network: they have no endpoints, so it does not know them. */
function hostContainers(network: Network, engine: Engine): NetworkInspect['Containers'] {
  if (network.driver !== 'host') return {};
  const isThere = ({ spec, state }: Container): boolean =>
    spec.networkMode === 'host' && (state.status === 'running' || state.status === 'paused');
  return Object.fromEntries(
    engine.containers
      .list()
      .filter(isThere)
      .map(({ id: containerId, name }) => [
        containerId,
        { Name: name, EndpointID: containerId, MacAddress: '', IPv4Address: '', IPv6Address: '' },
      ]),
  );
}
