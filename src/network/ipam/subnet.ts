import {
  bitsOf,
  type Cidr,
  containsAddress,
  formatAddress,
  formatCidr,
  lastOf,
  parseAddress,
  parseCidr,
  sizeOf,
} from '../../lib/ip-address.ts';
import type { IpamPool } from '../types.ts';

/** How many containers' last addresses are remembered, so that a restart keeps them. */
const REMEMBERED = 1024;

/** The addresses of one subnet: which are taken, and which comes next. */
export class Subnet {
  readonly block: Cidr;
  /** The bridge's own address; '' where nobody has one. */
  readonly gateway: string;
  private readonly range: Cidr;
  private readonly taken = new Set<bigint>();
  private readonly previous = new Map<string, bigint>();
  private lastFreed: bigint | undefined;
  /** Of other networks on the same link layer: an address is given out once. */
  private readonly siblings = new Set<Subnet>();

  /** `ownGateway`: the first free address is the gateway when the pool names none. */
  constructor(pool: IpamPool, ownGateway = true) {
    this.block = known(parseCidr(pool.subnet));
    this.range = pool.ipRange ? known(parseCidr(pool.ipRange)) : this.block;
    this.reserveEnds();
    const given = pool.gateway ? known(parseAddress(pool.gateway)).value : undefined;
    const gateway = given ?? (ownGateway ? known(this.firstFree()) : undefined);
    if (gateway !== undefined) this.taken.add(gateway);
    this.gateway = gateway === undefined ? '' : this.format(gateway);
    for (const ip of Object.values(pool.reserved ?? {})) this.taken.add(known(parseAddress(ip)).value);
  }

  get prefix(): number {
    return this.block.prefix;
  }

  /** `172.18.0.0/16` */
  get text(): string {
    return formatCidr(this.block);
  }

  /** Addresses that somebody has or that are set aside. */
  get used(): bigint {
    return BigInt(this.allTaken().size);
  }

  /** Addresses of the range that are left. */
  get free(): bigint {
    const taken = [...this.allTaken()].filter((value) => this.inRange(value)).length;
    return sizeOf(this.range) - BigInt(taken);
  }

  contains(ip: string): boolean {
    const address = parseAddress(ip);
    return address !== undefined && containsAddress(this.block, address);
  }

  /**
   * The lowest free address; undefined when none is left. `holder` gets the one that it had last, if that is free; the one that
   * another freed just now comes last, as somebody may still talk to it.
   */
  take(holder: string): string | undefined {
    const before = this.previous.get(holder);
    const value = before !== undefined && !this.isTaken(before) ? before : this.firstFree();
    if (value === undefined) return undefined;
    this.taken.add(value);
    return this.format(value);
  }

  /** Takes a certain address; false when it is taken already. */
  takeExact(ip: string): boolean {
    const { value } = known(parseAddress(ip));
    if (this.isTaken(value)) return false;
    this.taken.add(value);
    return true;
  }

  giveBack(ip: string, holder: string): void {
    const { value } = known(parseAddress(ip));
    this.taken.delete(value);
    this.lastFreed = value;
    this.previous.delete(holder);
    this.previous.set(holder, value);
    const [oldest] = this.previous.keys();
    if (this.previous.size > REMEMBERED && oldest !== undefined) this.previous.delete(oldest);
  }

  /** From now on neither gives out what the other has. */
  shareWith(other: Subnet): void {
    this.siblings.add(other);
    other.siblings.add(this);
  }

  standAlone(): void {
    for (const sibling of this.siblings) sibling.siblings.delete(this);
    this.siblings.clear();
  }

  private isTaken(value: bigint): boolean {
    return this.taken.has(value) || [...this.siblings].some(({ taken }) => taken.has(value));
  }

  private allTaken(): Set<bigint> {
    return new Set([...this.taken, ...[...this.siblings].flatMap(({ taken }) => [...taken])]);
  }

  private firstFree(): bigint | undefined {
    const last = lastOf(this.range);
    for (let value = this.range.base; value <= last; value += 1n) {
      if (!this.isTaken(value) && value !== this.lastFreed) return value;
    }
    const { lastFreed } = this;
    return lastFreed !== undefined && !this.isTaken(lastFreed) && this.inRange(lastFreed)
      ? lastFreed
      : undefined;
  }

  private inRange(value: bigint): boolean {
    return containsAddress(this.range, { family: this.range.family, value });
  }

  /** The network's own address and, for IPv4, the broadcast address; blocks of one or two addresses have neither. */
  private reserveEnds(): void {
    if (bitsOf(this.block.family) - this.block.prefix < 2) return;
    this.taken.add(this.block.base);
    if (this.block.family === 4) this.taken.add(lastOf(this.block));
  }

  private format(value: bigint): string {
    return formatAddress({ family: this.block.family, value });
  }
}

/** Pools were checked when their network was made. */
function known<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('An address pool that was not checked');
  return value;
}
