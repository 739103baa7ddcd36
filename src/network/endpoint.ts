import { EngineError, invalid } from '../lib/errors.ts';
import { randomId, shortId } from '../lib/id.ts';
import type { NetworkRecord } from './network-record.ts';
import type { Endpoint, EndpointSpec } from './types.ts';

/** The container that an endpoint is for. */
export interface Occupant {
  readonly containerId: string;
  readonly containerName: string;
  readonly hostname: string;
}

/** Throws what is wrong with a wish for this network, in Docker's words. */
export function checkEndpoint(network: NetworkRecord, spec: EndpointSpec): void {
  const problems: string[] = [];
  if (spec.aliases?.length && network.isPredefined)
    problems.push('network-scoped alias is supported only for containers in user defined networks');
  if ((spec.ipv4 || spec.ipv6) && network.isPredefined) {
    problems.push('user specified IP address is supported on user defined networks only');
  }
  if ((spec.ipv4 || spec.ipv6) && network.row.chosen) {
    problems.push(
      'user specified IP address is supported only when connecting to networks with user configured subnets',
    );
  }
  if (problems.length === 0) {
    for (const ip of [spec.ipv4, spec.ipv6]) {
      if (ip && !network.subnet4?.contains(ip) && !network.subnet6?.contains(ip)) {
        problems.push(`no configured subnet or ip-range contain the IP address ${ip}`);
      }
    }
  }
  if (problems.length === 0) return;
  const text = problems.length === 1 ? problems[0] : problems.map((problem) => `* ${problem}`).join('\n');
  throw invalid(`invalid endpoint settings:\n${text}`);
}

/** Takes addresses for a container; `freeEndpoint` gives them back. */
export function makeEndpoint(
  network: NetworkRecord,
  spec: EndpointSpec,
  occupant: Occupant,
  interfaceName: string,
): Endpoint {
  const { subnet4, subnet6 } = network;
  const ipv4 = subnet4 ? takeAddress(network, 4, spec.ipv4, occupant.containerId) : '';
  let ipv6 = '';
  try {
    ipv6 = subnet6 ? takeAddress(network, 6, spec.ipv6, occupant.containerId) : '';
  } catch (error) {
    subnet4?.free(ipv4, occupant.containerId);
    throw error;
  }
  return {
    id: randomId(),
    networkId: network.id,
    networkName: network.name,
    containerId: occupant.containerId,
    containerName: occupant.containerName,
    interface: subnet4 ? interfaceName : '',
    mac: subnet4 ? (spec.mac ?? macOf(ipv4)) : '',
    ipv4,
    prefix4: subnet4?.prefix ?? 0,
    gateway4: subnet4?.gateway ?? '',
    ipv6,
    prefix6: subnet6?.prefix ?? 0,
    gateway6: subnet6?.gateway ?? '',
    aliases: spec.aliases ?? [],
    dnsNames: network.isPredefined ? [] : dnsNames(spec, occupant),
  };
}

export function freeEndpoint(network: NetworkRecord, endpoint: Endpoint): void {
  if (endpoint.ipv4) network.subnet4?.free(endpoint.ipv4, endpoint.containerId);
  if (endpoint.ipv6) network.subnet6?.free(endpoint.ipv6, endpoint.containerId);
}

/** The same endpoint of a container that has a new name. */
export function renameEndpoint(endpoint: Endpoint, spec: EndpointSpec, occupant: Occupant): Endpoint {
  const names = endpoint.dnsNames.length > 0 ? dnsNames(spec, occupant) : [];
  return { ...endpoint, containerName: occupant.containerName, dnsNames: names };
}

function takeAddress(
  network: NetworkRecord,
  family: 4 | 6,
  wanted: string | undefined,
  holder: string,
): string {
  const subnet = family === 4 ? network.subnet4 : network.subnet6;
  if (wanted) {
    if (!subnet?.takeExact(wanted)) throw new EngineError('forbidden', 'Address already in use');
    return wanted;
  }
  const address = subnet?.take(holder);
  if (address === undefined) {
    throw new EngineError(
      'internal',
      `no available IPv${family} addresses on this network's address pools: ${network.name} (${network.id})`,
    );
  }
  return address;
}

/** Everything that others may call it, in Docker's order. */
function dnsNames(spec: EndpointSpec, { containerId, containerName, hostname }: Occupant): string[] {
  const names = [containerName, ...(spec.aliases ?? []), shortId(containerId), hostname];
  return [...new Set(names.filter((name) => name !== ''))];
}

/** Derived from the address: who asks for a new container's address at an old one's place finds the same hardware. */
function macOf(ipv4: string): string {
  const parts = ipv4.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return `02:42:${parts.join(':')}`;
}
