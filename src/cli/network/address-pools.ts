import { invalid } from '../../lib/errors.ts';
import { type Cidr, containsAddress, overlap, parseAddress, parseCidr } from '../../lib/ip-address.ts';
import type { IpamConfig } from '../../wire/network.ts';

export interface PoolFlags {
  readonly subnets: readonly string[];
  readonly ranges: readonly string[];
  readonly gateways: readonly string[];
  /** `--aux-address`: names and their addresses. */
  readonly reserved: Readonly<Record<string, string>>;
}

/** Gives every range, gateway and reserved address to the subnet that it lies in. */
export function addressPools({ subnets, ranges, gateways, reserved }: PoolFlags): IpamConfig[] {
  if (subnets.length < ranges.length || subnets.length < gateways.length)
    throw invalid('every ip-range or gateway must have a corresponding subnet');
  const pools = subnets.map((Subnet): Pool => ({ block: parseCidr(Subnet), config: { Subnet } }));
  checkApart(pools);
  for (const range of ranges) {
    const { config } = poolOf(pools, range, 'range');
    if (config.IPRange !== undefined) throw twice('ip-range', range, config);
    config.IPRange = range;
  }
  for (const gateway of gateways) {
    const { config } = poolOf(pools, gateway, 'gateway');
    if (config.Gateway !== undefined) throw twice('gateway', gateway, config);
    config.Gateway = gateway;
  }
  for (const [name, address] of Object.entries(reserved))
    (poolOf(pools, address, 'aux-address').config.AuxiliaryAddresses ??= {})[name] = address;
  return pools.map(({ config }) => config);
}

interface Pool {
  /** Undefined where the subnet makes no sense; the engine says so. */
  readonly block: Cidr | undefined;
  readonly config: IpamConfig;
}

function checkApart(pools: readonly Pool[]): void {
  const clash = pools.some(({ block }, index) =>
    pools.slice(0, index).some((other) => block && other.block && overlap(block, other.block)),
  );
  if (clash) throw invalid('multiple overlapping subnet configuration is not supported');
}

function poolOf(pools: readonly Pool[], text: string, what: string): Pool {
  const address = parseAddress(text.replace(/\/.*$/, ''));
  const pool = address && pools.find(({ block }) => block && containsAddress(block, address));
  if (!pool) throw invalid(`no matching subnet for ${what} ${text}`);
  return pool;
}

const twice = (what: string, text: string, { Subnet }: IpamConfig): Error =>
  invalid(`cannot configure multiple ${what}s (${text}) on the same subnet (${Subnet})`);
