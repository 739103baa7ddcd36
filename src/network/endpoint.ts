import { isIP } from 'node:net';
import { EngineError, invalid } from '../lib/errors.ts';
import { randomId, shortId } from '../lib/id.ts';
import { addressBytes, formatAddress, parseAddress } from '../lib/ip-address.ts';
import { leavesOutIpv6, optionProblems } from './endpoint-options.ts';
import type { Subnet } from './ipam/subnet.ts';
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
  const problems = [...addressProblems(network, spec), ...optionProblems(spec)];
  if (problems.length === 0) return;
  const text = problems.length === 1 ? problems[0] : problems.map((problem) => `* ${problem}`).join('\n');
  throw invalid(`invalid endpoint settings:\n${text}`);
}

function addressProblems(network: NetworkRecord, spec: EndpointSpec): string[] {
  const problems: string[] = [];
  if (spec.aliases?.length && network.isPredefined)
    problems.push('network-scoped alias is supported only for containers in user defined networks');
  for (const ip of spec.linkLocal ?? []) {
    if (isIP(ip) === 0) problems.push(`invalid link-local IP address: ${ip}`);
  }
  const wishes = [
    { family: 4, ip: spec.ipv4, subnets: network.subnets4 },
    { family: 6, ip: spec.ipv6, subnets: network.subnets6 },
  ] as const;
  for (const { family, ip } of wishes) {
    if (ip && isIP(ip) !== family) problems.push(`invalid IPv${family} address: ${ip}`);
  }
  const asked = wishes.filter(({ ip }) => ip);
  if (asked.length > 0 && network.isPredefined)
    problems.push('user specified IP address is supported on user defined networks only');
  for (const { family, ip = '', subnets } of asked) {
    if (!hasOwnSubnet(network, family)) {
      problems.push(
        'user specified IP address is supported only when connecting to networks with user configured subnets',
      );
    } else if (isIP(ip) === family && !subnets.some((subnet) => subnet.contains(ip))) {
      problems.push(`no configured subnet or ip-range contain the IP address ${ip}`);
    }
  }
  return [...new Set(problems)];
}

/** Whether the user named a subnet of this family. */
function hasOwnSubnet(network: NetworkRecord, family: 4 | 6): boolean {
  return network.pools.some(
    ({ subnet }) =>
      subnet.includes(':') === (family === 6) && !(family === 4 ? network.row.chosen : network.row.chosen6),
  );
}

/** Takes addresses for a container; `freeEndpoint` gives them back. */
export function makeEndpoint(
  network: NetworkRecord,
  spec: EndpointSpec,
  occupant: Occupant,
  interfaceName: string,
): Endpoint {
  const v4 = takeAddress(network, 4, spec.ipv4, occupant.containerId);
  let v6: Taken | undefined;
  try {
    if (!leavesOutIpv6(spec)) v6 = takeAddress(network, 6, spec.ipv6, occupant.containerId);
  } catch (error) {
    if (v4) v4.subnet.giveBack(v4.ip, occupant.containerId);
    throw error;
  }
  const ip = v4?.ip ?? v6?.ip;
  return {
    id: randomId(),
    networkId: network.id,
    networkName: network.name,
    driver: network.driver,
    containerId: occupant.containerId,
    containerName: occupant.containerName,
    interface: network.hasLinks ? interfaceName : '',
    mac: ip && network.driver !== 'ipvlan' ? (spec.mac ?? macOf(ip)) : '',
    ipv4: v4?.ip ?? '',
    prefix4: v4?.subnet.prefix ?? 0,
    gateway4: gatewayOf(network, v4),
    ipv6: v6?.ip ?? '',
    prefix6: v6?.subnet.prefix ?? 0,
    gateway6: gatewayOf(network, v6),
    aliases: spec.aliases ?? [],
    dnsNames: network.isPredefined ? [] : dnsNames(spec, occupant),
  };
}

const gatewayOf = (network: NetworkRecord, taken: Taken | undefined): string =>
  (network.leadsOutside && taken?.subnet.gateway) || '';

export function freeEndpoint(network: NetworkRecord, endpoint: Endpoint): void {
  for (const ip of [endpoint.ipv4, endpoint.ipv6].filter(Boolean))
    subnetOf(network, ip)?.giveBack(ip, endpoint.containerId);
}

/** Takes the addresses of an endpoint that stands. */
export function takeAgain(network: NetworkRecord, endpoint: Endpoint): void {
  for (const ip of [endpoint.ipv4, endpoint.ipv6].filter(Boolean)) subnetOf(network, ip)?.takeExact(ip);
}

const subnetOf = (network: NetworkRecord, ip: string): Subnet | undefined =>
  network.subnets.find((subnet) => subnet.contains(ip));

/** The same endpoint of a container that has a new name. */
export function renameEndpoint(endpoint: Endpoint, spec: EndpointSpec, occupant: Occupant): Endpoint {
  const names = endpoint.dnsNames.length > 0 ? dnsNames(spec, occupant) : [];
  return { ...endpoint, containerName: occupant.containerName, dnsNames: names };
}

interface Taken {
  readonly subnet: Subnet;
  readonly ip: string;
}

/** Undefined where the network has no addresses of the family. */
function takeAddress(
  network: NetworkRecord,
  family: 4 | 6,
  wanted: string | undefined,
  holder: string,
): Taken | undefined {
  const subnets = family === 4 ? network.subnets4 : network.subnets6;
  if (subnets.length === 0) return undefined;
  if (wanted) {
    const subnet = subnets.find((each) => each.contains(wanted));
    if (!subnet?.takeExact(wanted)) throw new EngineError('forbidden', 'Address already in use');
    return { subnet, ip: canonical(wanted) };
  }
  for (const subnet of subnets) {
    const ip = subnet.take(holder);
    if (ip !== undefined) return { subnet, ip };
  }
  throw new EngineError(
    'internal',
    `no available IPv${family} addresses on this network's address pools: ${network.name} (${network.id})`,
  );
}

/** One spelling of each address: `fd00::0:1` is `fd00::1`. */
function canonical(ip: string): string {
  const address = parseAddress(ip);
  return address ? formatAddress(address) : ip;
}

/** Everything that others may call it, in Docker's order. */
function dnsNames(spec: EndpointSpec, { containerId, containerName, hostname }: Occupant): string[] {
  const names = [containerName, ...(spec.aliases ?? []), shortId(containerId), hostname];
  return [...new Set(names.filter((name) => name !== ''))];
}

/** Derived from the address: who asks for a new container's address at an old one's place finds the same hardware. */
function macOf(ip: string): string {
  const last = [...addressBytes(ip).subarray(-4)].map((byte) => byte.toString(16).padStart(2, '0'));
  return `02:42:${last.join(':')}`;
}
