import { EngineError, invalid, refused } from '../lib/errors.ts';
import {
  bitsOf,
  type Cidr,
  containsAddress,
  formatAddress,
  formatCidr,
  lastOf,
  overlap,
  parseAddress,
  parseCidr,
} from '../lib/ip-address.ts';
import { Subnet } from './ipam/subnet.ts';
import type { NetworkRecord } from './network-record.ts';
import type { IpamPool, NetworkSpec } from './types.ts';

/** Throws what is wrong with the subnets that a new network asks for, in Docker's words. */
export function checkPools(
  { driver, pools = [], enableIpv4 = true, enableIpv6 = false }: NetworkSpec,
  others: readonly NetworkRecord[],
): void {
  const problems = pools.flatMap(problemsOf);
  if (problems.length > 0) {
    const list = problems.length === 1 ? problems : problems.map((problem) => `* ${problem}`);
    throw invalid(`invalid network config:\n${list.join('\n')}`);
  }
  const used = pools.flatMap(({ subnet }) => parseCidr(subnet) ?? []).filter(isOf(enableIpv4, enableIpv6));
  if (driver === 'bridge' && [4, 6].some((family) => used.filter(isFamily(family)).length > 1))
    throw new EngineError('forbidden', "bridge driver doesn't support multiple subnets");
  const isShared = (block: Cidr, other: NetworkRecord): boolean =>
    driver !== 'bridge' && other.vlan !== undefined && haveOwnRanges(block, pools, other.pools);
  const clashes = used.some(
    (block, index) =>
      others.some(
        (other) =>
          !other.configOnly &&
          !isShared(block, other) &&
          other.subnets.some((subnet) => overlap(block, subnet.block)),
      ) || used.some((other, at) => at !== index && overlap(block, other)),
  );
  if (clashes)
    throw new EngineError(
      'forbidden',
      'invalid pool request: Pool overlaps with other one on this address space',
    );
}

/** Whether both have a subnet with different ranges of addresses in it: then networks on interfaces of the host may share it. */
function haveOwnRanges(block: Cidr, pools: readonly IpamPool[], others: readonly IpamPool[]): boolean {
  const text = formatCidr(block);
  const rangeIn = (list: readonly IpamPool[]): string | undefined => {
    const pool = list.find(({ subnet }) => subnet === text);
    return pool && (pool.ipRange ?? '');
  };
  const [own, other] = [rangeIn(pools), rangeIn(others)];
  return own !== undefined && other !== undefined && own !== other;
}

const isFamily =
  (family: number) =>
  (block: Cidr): boolean =>
    block.family === family;

const isOf =
  (ipv4: boolean, ipv6: boolean) =>
  (block: Cidr): boolean =>
    block.family === 4 ? ipv4 : ipv6;

/** Throws when a gateway or an auxiliary address is taken: by the subnet itself, or by another of them. */
export function checkReserved(pools: readonly IpamPool[], ownGateway: (family: 4 | 6) => boolean): void {
  for (const pool of pools) {
    const block = parseCidr(pool.subnet);
    if (!block) continue;
    const taken = new Set(block.prefix < bitsOf(block.family) - 1 ? endsOf(block) : []);
    if (pool.gateway) take(taken, pool.gateway, `failed to allocate gateway (${pool.gateway})`);
    else if (ownGateway(block.family)) taken.add(new Subnet({ ...pool, reserved: {} }).gateway);
    for (const [name, ip] of Object.entries(pool.reserved ?? {}))
      take(taken, ip, `failed to allocate secondary ip address (${name}:${ip})`);
  }
}

function take(taken: Set<string>, ip: string, failure: string): void {
  const { family = 4, value = 0n } = parseAddress(ip) ?? {};
  const spelled = formatAddress({ family, value });
  if (taken.has(spelled)) throw refused(`${failure}: Address already in use`);
  taken.add(spelled);
}

/** The network's own address and, for IPv4, the broadcast address. */
function endsOf(block: Cidr): string[] {
  const ends = block.family === 4 ? [block.base, lastOf(block)] : [block.base];
  return ends.map((value) => formatAddress({ family: block.family, value }));
}

function problemsOf({ subnet, ipRange, gateway, reserved }: IpamPool): string[] {
  const block = parseCidr(subnet);
  if (!block) return [`invalid subnet ${subnet}: invalid CIDR block notation`];
  return [
    ...hostBits(subnet, block, 'subnet'),
    ...(ipRange ? rangeProblems(ipRange, block, subnet) : []),
    ...(gateway ? addressProblems('gateway', gateway, block, subnet) : []),
    ...Object.values(reserved ?? {}).flatMap((ip) => addressProblems('auxiliary address', ip, block, subnet)),
  ];
}

function rangeProblems(text: string, subnet: Cidr, subnetText: string): string[] {
  const range = parseCidr(text);
  if (!range) return [`invalid ip-range ${text}: invalid CIDR block notation`];
  if (!overlap(range, subnet) || range.base < subnet.base || lastOf(range) > lastOf(subnet)) {
    return [`invalid ip-range ${text}: parent subnet ${subnetText} doesn't contain ip-range`];
  }
  return hostBits(text, range, 'ip-range');
}

function addressProblems(what: string, text: string, subnet: Cidr, subnetText: string): string[] {
  const address = parseAddress(text);
  if (!address) return [`invalid ${what} ${text}: invalid address`];
  return containsAddress(subnet, address)
    ? []
    : [`invalid ${what} ${text}: parent subnet ${subnetText} doesn't contain this address`];
}

function hostBits(text: string, block: Cidr, what: string): string[] {
  const [host = ''] = text.split('/');
  const exact = parseAddress(host)?.value === block.base;
  return exact ? [] : [`invalid ${what} ${text}: it should be ${formatCidr(block)}`];
}
