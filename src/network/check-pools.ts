import { EngineError, invalid } from '../lib/errors.ts';
import {
  type Cidr,
  containsAddress,
  formatCidr,
  lastOf,
  overlap,
  parseAddress,
  parseCidr,
} from '../lib/ip-address.ts';
import type { NetworkRecord } from './network-record.ts';
import type { IpamPool } from './types.ts';

/** Throws what is wrong with the subnets that a new network asks for, in Docker's words. */
export function checkPools(pools: readonly IpamPool[], others: readonly NetworkRecord[]): void {
  const problems = pools.flatMap(problemsOf);
  if (problems.length > 0) {
    const list = problems.length === 1 ? problems : problems.map((problem) => `* ${problem}`);
    throw invalid(`invalid network config:\n${list.join('\n')}`);
  }
  const blocks = pools.flatMap(({ subnet }) => parseCidr(subnet) ?? []);
  for (const family of [4, 6]) {
    if (blocks.filter((block) => block.family === family).length > 1) {
      throw new EngineError('forbidden', "bridge driver doesn't support multiple subnets");
    }
  }
  const taken = others.flatMap(({ pools: theirs }) =>
    theirs.flatMap(({ subnet }) => parseCidr(subnet) ?? []),
  );
  if (blocks.some((block) => taken.some((other) => overlap(block, other)))) {
    throw new EngineError(
      'forbidden',
      'invalid pool request: Pool overlaps with other one on this address space',
    );
  }
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
