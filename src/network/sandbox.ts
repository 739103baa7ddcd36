import { existsSync } from 'node:fs';
import { speaksIpv6 } from './bridge-options.ts';
import type { DnsServer } from './dns/server.ts';
import { interfaceSysctls } from './endpoint-options.ts';
import type { Gateways } from './gateways.ts';
import type { NetworkRecord } from './network-record.ts';
import { isAny, type PortBinding } from './ports/host-ports.ts';
import type { NetworkRegistry } from './registry.ts';
import type { KeptEndpoint, SandboxRow } from './store.ts';
import type { DnsSpec, Endpoint, PortSpec, PublishedPort } from './types.ts';
import type { LinkPlan, PortRule } from './worker/protocol.ts';

/** A container's sandbox while it is open. */
export interface OpenSandbox {
  readonly containerId: string;
  containerName: string;
  readonly hostname: string;
  readonly dns: DnsSpec;
  /** In the order of their interfaces. */
  endpoints: readonly KeptEndpoint[];
  ports: readonly PortBinding[];
  /** What shall be published; how much of it is, is for its networks to allow. */
  readonly wantedPorts: readonly PortSpec[];
  readonly isQuiet: boolean;
  dnsServer: DnsServer | undefined;
}

export function rowOf(sandbox: OpenSandbox): SandboxRow {
  const { containerId, containerName, hostname, dns, endpoints, wantedPorts } = sandbox;
  const ports = publishedPorts(sandbox);
  return { containerId, containerName, hostname, dns, endpoints, ports, wantedPorts };
}

export function publishedPorts({ ports }: OpenSandbox): PublishedPort[] {
  return ports.map(({ port }) => port);
}

/** Undefined for networks without links. */
export function linkPlan(registry: NetworkRegistry, { endpoint, spec }: KeptEndpoint): LinkPlan | undefined {
  const network = registry.get(endpoint.networkId);
  const on = portOf(network);
  if (!on) return undefined;
  const mtu = network.bridgePlan?.mtu;
  return {
    interface: endpoint.interface,
    on,
    ...(endpoint.mac !== '' && { mac: endpoint.mac }),
    ...(mtu !== undefined && { mtu }),
    ...(endpoint.ipv4 !== '' && { ipv4: { ip: endpoint.ipv4, prefix: endpoint.prefix4 } }),
    ...(endpoint.ipv6 !== '' && { ipv6: { ip: endpoint.ipv6, prefix: endpoint.prefix6 } }),
    linkLocal: (spec.linkLocal ?? []).map((ip) => ({ ip, prefix: ip.includes(':') ? 64 : 16 })),
    sysctls: [
      ...(speaksIpv6(mtu) ? withoutIpv6(endpoint) : []),
      ...interfaceSysctls(spec, endpoint.interface),
    ],
  };
}

/** Who has no IPv6 address here shall not get one from a router that announces itself. */
function withoutIpv6({ ipv6, interface: name }: Endpoint): LinkPlan['sysctls'] {
  return ipv6 === '' && kernelHasIpv6 ? [{ path: `ipv6/conf/${name}/disable_ipv6`, value: '1' }] : [];
}

const kernelHasIpv6 = existsSync('/proc/sys/net/ipv6/conf');

function portOf(network: NetworkRecord): LinkPlan['on'] | undefined {
  const { bridgePlan, vlan } = network;
  if (bridgePlan) return { bridge: bridgePlan.name, isolated: !bridgePlan.icc };
  return vlan && { parent: network.bridge, driver: vlan.driver, mode: vlan.mode, flag: vlan.flag };
}

/** What the kernel must know of published ports. One whose family the container does not speak is left to the proxy. */
export function portRules(
  registry: NetworkRegistry,
  ports: readonly PublishedPort[],
  gateways: Gateways,
): PortRule[] {
  const rules = new Map<string, PortRule>();
  for (const port of ports) {
    const isV6 = port.hostIp.includes(':');
    const endpoint = isV6 ? gateways.ipv6 : gateways.ipv4;
    const address = (isV6 ? endpoint?.ipv6 : endpoint?.ipv4) ?? '';
    if (!endpoint || address === '') continue;
    const { trustedInterfaces } = registry.get(endpoint.networkId).settings;
    const { protocol, containerPort, hostIp, hostPort } = port;
    const rule = { protocol, hostIp: isAny(hostIp) ? '' : hostIp, hostPort, address, port: containerPort };
    const direct = { ...rule, hostIp: '', hostPort: 0 };
    const all = hostPort === 0 ? [{ ...direct, from: '' }] : [rule];
    for (const each of [...all, ...trustedInterfaces.map((from) => ({ ...direct, from }))])
      rules.set(JSON.stringify(each), each);
  }
  return [...rules.values()];
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
