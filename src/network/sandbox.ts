import type { DnsServer } from './dns/server.ts';
import { isAny, type PortBinding } from './ports/host-ports.ts';
import type { NetworkRegistry } from './registry.ts';
import type { KeptEndpoint, SandboxRow } from './store.ts';
import type { DnsSpec, Endpoint, PublishedPort } from './types.ts';
import type { GatewayPlan, LinkPlan, PortRule } from './worker/protocol.ts';

/** A container's sandbox while it is open. */
export interface OpenSandbox {
  readonly containerId: string;
  containerName: string;
  readonly hostname: string;
  readonly dns: DnsSpec;
  /** In the order of their interfaces. */
  endpoints: readonly KeptEndpoint[];
  ports: readonly PortBinding[];
  dnsServer: DnsServer | undefined;
}

export function rowOf(sandbox: OpenSandbox): SandboxRow {
  const { containerId, containerName, hostname, dns, endpoints } = sandbox;
  return { containerId, containerName, hostname, dns, endpoints, ports: publishedPorts(sandbox) };
}

export function publishedPorts({ ports }: OpenSandbox): PublishedPort[] {
  return ports.map(({ port }) => port);
}

/**
 * The endpoint that the container reaches the world through, and whose address its ports lead to: the highest priority, then
 * the first by the network's name, as in Docker. Internal networks lead nowhere.
 */
export function gatewayEndpoint(
  registry: NetworkRegistry,
  endpoints: readonly KeptEndpoint[],
): Endpoint | undefined {
  const outward = endpoints.filter(({ endpoint }) => {
    const network = registry.find(endpoint.networkId);
    return network?.driver === 'bridge' && !network.internal;
  });
  const [first] = outward.toSorted(
    (left, right) =>
      (right.spec.gatewayPriority ?? 0) - (left.spec.gatewayPriority ?? 0) ||
      (left.endpoint.networkName < right.endpoint.networkName ? -1 : 1),
  );
  return first?.endpoint;
}

export function gatewayPlan(endpoint: Endpoint | undefined): GatewayPlan | undefined {
  if (!endpoint) return undefined;
  return {
    interface: endpoint.interface,
    ipv4: endpoint.gateway4,
    ...(endpoint.gateway6 !== '' && { ipv6: endpoint.gateway6 }),
  };
}

/** Undefined for networks without a bridge. */
export function linkPlan(registry: NetworkRegistry, endpoint: Endpoint): LinkPlan | undefined {
  const bridge = registry.get(endpoint.networkId).bridgePlan;
  if (!bridge) return undefined;
  return {
    bridge: bridge.name,
    interface: endpoint.interface,
    mac: endpoint.mac,
    mtu: bridge.mtu,
    isolated: !bridge.icc,
    ipv4: { ip: endpoint.ipv4, prefix: endpoint.prefix4 },
    ...(endpoint.ipv6 !== '' && { ipv6: { ip: endpoint.ipv6, prefix: endpoint.prefix6 } }),
  };
}

/** What the kernel must know of published ports. One whose family the container does not speak is left to the proxy. */
export function portRules(ports: readonly PublishedPort[], endpoint: Endpoint | undefined): PortRule[] {
  if (!endpoint) return [];
  return ports.flatMap(({ protocol, containerPort, hostIp, hostPort }) => {
    const address = hostIp.includes(':') ? endpoint.ipv6 : endpoint.ipv4;
    if (address === '') return [];
    return [{ protocol, hostIp: isAny(hostIp) ? '' : hostIp, hostPort, address, port: containerPort }];
  });
}

/** Addresses whose UDP connections must be forgotten when a container goes. */
export function udpAddresses(rules: readonly PortRule[]): string[] {
  return [...new Set(rules.filter(({ protocol }) => protocol === 'udp').map(({ address }) => address))];
}

/** Whether one of its networks has names, so that the container asks the engine for them. */
export function hasNames(registry: NetworkRegistry, endpoints: readonly KeptEndpoint[]): boolean {
  return endpoints.some(({ endpoint }) => {
    const network = registry.find(endpoint.networkId);
    return network !== undefined && !network.isPredefined;
  });
}
