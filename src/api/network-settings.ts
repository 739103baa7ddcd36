import type { Container } from '../container/types.ts';
import type { Endpoint, EndpointSpec, PublishedPort } from '../network/types.ts';
import type { NetworkSettings, PortBinding, PortMap, PortSummary } from '../wire/container.ts';
import type { EndpointSettings } from '../wire/network.ts';

/** Finds the id of a network by its name. */
export type NetworkId = (name: string) => string | undefined;

const isUp = (container: Container): boolean =>
  container.state.status === 'running' || container.state.status === 'paused';

/** `NetworkSettings` of inspect, with the members at its top that old clients read: those of the default bridge. */
export function networkSettings(container: Container, networkId: NetworkId): NetworkSettings {
  const networks = endpointSettings(container, networkId);
  const first = networks['bridge'] ?? {};
  const up = isUp(container);
  return {
    Bridge: '',
    SandboxID: up ? container.id : '',
    SandboxKey: up && 'pid' in container.state ? `/proc/${container.state.pid}/ns/net` : '',
    Ports: up ? portMap(container) : {},
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: first.EndpointID ?? '',
    Gateway: first.Gateway ?? '',
    GlobalIPv6Address: first.GlobalIPv6Address ?? '',
    GlobalIPv6PrefixLen: first.GlobalIPv6PrefixLen ?? 0,
    IPAddress: first.IPAddress ?? '',
    IPPrefixLen: first.IPPrefixLen ?? 0,
    IPv6Gateway: first.IPv6Gateway ?? '',
    MacAddress: first.MacAddress ?? '',
    Networks: networks,
  };
}

/** What it asks of each network, and what it has there while it runs. */
export function endpointSettings(
  container: Container,
  networkId: NetworkId,
): Record<string, EndpointSettings> {
  const up = isUp(container);
  if (container.spec.networkMode === 'host') return { host: hostEndpoint(container, networkId, up) };
  const live = new Map(container.endpoints.map((endpoint) => [endpoint.networkName, endpoint]));
  const asked = new Map(container.spec.endpoints.map((spec) => [nameOf(spec, container.endpoints), spec]));
  const names = new Set([...asked.keys(), ...live.keys()]);
  return Object.fromEntries(
    [...names].map((name) => [name, oneEndpoint(asked.get(name), live.get(name), up)]),
  );
}

/** The host's network has no endpoints of its own; the container's id stands for its place there. */
function hostEndpoint(container: Container, networkId: NetworkId, up: boolean): EndpointSettings {
  const hasRun = up || container.hasBeenStarted;
  return {
    ...oneEndpoint(undefined, undefined, up),
    NetworkID: (hasRun && networkId('host')) || '',
    EndpointID: up ? container.id : '',
  };
}

function nameOf(spec: EndpointSpec, endpoints: readonly Endpoint[]): string {
  return endpoints.find(({ networkId }) => networkId === spec.network)?.networkName ?? spec.network;
}

function oneEndpoint(
  spec: EndpointSpec | undefined,
  live: Endpoint | undefined,
  up: boolean,
): EndpointSettings {
  const address = {
    ...(spec?.ipv4 && { IPv4Address: spec.ipv4 }),
    ...(spec?.ipv6 && { IPv6Address: spec.ipv6 }),
    ...(spec?.linkLocal && { LinkLocalIPs: [...spec.linkLocal] }),
  };
  return {
    IPAMConfig: Object.keys(address).length > 0 ? address : null,
    Links: spec?.links ? [...spec.links] : null,
    Aliases: spec?.aliases ? [...spec.aliases] : null,
    MacAddress: up ? (live?.mac ?? '') : (spec?.mac ?? ''),
    DriverOpts: spec?.options ? { ...spec.options } : null,
    GwPriority: spec?.gatewayPriority ?? 0,
    NetworkID: live?.networkId ?? '',
    ...liveAddresses(up ? live : undefined),
    DNSNames: live && live.dnsNames.length > 0 ? [...live.dnsNames] : null,
  };
}

function liveAddresses(live: Endpoint | undefined) {
  return {
    EndpointID: live?.id ?? '',
    Gateway: live?.gateway4 ?? '',
    IPAddress: live?.ipv4 ?? '',
    IPPrefixLen: live?.prefix4 ?? 0,
    IPv6Gateway: live?.gateway6 ?? '',
    GlobalIPv6Address: live?.ipv6 ?? '',
    GlobalIPv6PrefixLen: live?.prefix6 ?? 0,
  };
}

/** Published ports with their bindings; ports that are only exposed have `null`. */
function portMap(container: Container): PortMap {
  const map = new Map<string, { HostIp: string; HostPort: string }[] | null>();
  for (const { port, protocol } of reachable(container)) map.set(`${port}/${protocol}`, null);
  for (const port of container.ports) {
    const key = `${port.containerPort}/${port.protocol}`;
    map.set(key, [
      ...(map.get(key) ?? []),
      { HostIp: port.hostIp, HostPort: port.hostPort === 0 ? '' : String(port.hostPort) },
    ]);
  }
  const sorted = [...map].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(sorted.map(([port, bindings]) => [port, bindings && inOrder(bindings)]));
}

/** Where one family is routed, IPv4 comes first whichever it is. */
function inOrder(bindings: PortBinding[]): PortBinding[] {
  if (bindings.every(({ HostPort }) => HostPort !== '')) return bindings;
  const isV6 = ({ HostIp = '' }: PortBinding): number => Number(HostIp.includes(':'));
  return bindings.toSorted((left, right) => isV6(left) - isV6(right));
}

/** Exposed ports are shown of containers on bridges that lead outside: only there they could be published. */
const reachable = ({ endpoints, spec }: Container): Container['spec']['exposedPorts'] =>
  endpoints.some(
    ({ driver = 'bridge', gateway4, gateway6 }) => driver === 'bridge' && (gateway4 || gateway6) !== '',
  )
    ? spec.exposedPorts
    : [];

/** `Ports` of the list: those of the running container. */
export function portSummaries(container: Container): PortSummary[] {
  if (!isUp(container)) return [];
  const published = container.ports.map((port) => ({
    IP: port.hostIp,
    PrivatePort: port.containerPort,
    PublicPort: port.hostPort,
    Type: port.protocol,
  }));
  const isPublished = (wanted: { port: number; protocol: string }): boolean =>
    container.ports.some(
      (port: PublishedPort) => port.containerPort === wanted.port && port.protocol === wanted.protocol,
    );
  const exposed = reachable(container)
    .filter((port) => !isPublished(port))
    .map(({ port, protocol }) => ({ PrivatePort: port, Type: protocol }));
  return [...published, ...exposed];
}
