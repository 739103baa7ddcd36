import { invalid } from '../../lib/errors.ts';
import { bitsOf, type Cidr, cidrOf, lastOf, overlap, parseCidr, sizeOf } from '../../lib/ip-address.ts';

/** A block from which subnets of `size` (a prefix length) are cut, as `default-address-pools` of Docker's daemon.json. */
export interface AddressPool {
  readonly base: string;
  readonly size: number;
}

/** Docker's: fifteen networks of 65,534 addresses, then sixteen of 4,094. */
export const dockerPools: readonly AddressPool[] = [
  ...Array.from({ length: 15 }, (_, index) => ({ base: `172.${17 + index}.0.0/16`, size: 16 })),
  { base: '192.168.0.0/16', size: 20 },
];

/** Where others on this host use up Docker's pools, and ours alone would not. */
const reserve: readonly AddressPool[] = [{ base: '10.192.0.0/10', size: 20 }];

/** How many subnets Docker's pools have. */
const DOCKER_SUBNETS = 31;

/** The pools to choose from for an engine that has so many subnets: the user's own are never added to. */
export function poolsFor(pools: readonly AddressPool[], own: number): readonly AddressPool[] {
  return pools === dockerPools && own < DOCKER_SUBNETS ? [...pools, ...reserve] : pools;
}

/** The first subnet of the pools that overlaps nothing in `taken`. */
export function chooseSubnet(pools: readonly AddressPool[], taken: readonly Cidr[], family: 4 | 6 = 4): Cidr {
  for (const { base, size } of pools) {
    const pool = parsePool(base, size);
    if (pool.family !== family) continue;
    const found = firstFree(pool, size, taken);
    if (found) return found;
  }
  throw invalid(
    'all predefined address pools have been fully subnetted: remove networks that nobody uses (network prune), ' +
      'name a subnet (--subnet), or add pools (default-address-pools in daemon.json)',
  );
}

function firstFree(pool: Cidr, size: number, taken: readonly Cidr[]): Cidr | undefined {
  const step = sizeOf({ family: pool.family, prefix: size });
  for (let base = pool.base; base <= lastOf(pool);) {
    const candidate = { family: pool.family, base, prefix: size };
    const obstacle = taken.find((block) => overlap(block, candidate));
    if (!obstacle) return candidate;
    const behind = cidrOf({ family: pool.family, value: lastOf(obstacle) }, size).base + step;
    base = behind > base ? behind : base + step;
  }
  return undefined;
}

function parsePool(base: string, size: number): Cidr {
  const pool = parseCidr(base);
  if (!pool || !Number.isInteger(size) || size < pool.prefix || size > bitsOf(pool.family)) {
    throw invalid(`invalid default address pool: base ${base}, size ${size}`);
  }
  return pool;
}
