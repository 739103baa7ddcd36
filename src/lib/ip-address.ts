import { isIP } from 'node:net';

export type Family = 4 | 6;

/** An address as a number, so that ranges are arithmetic for both families. */
export interface IpAddress {
  readonly family: Family;
  readonly value: bigint;
}

/** A block of addresses: `base` is the first, all bits behind `prefix` are zero. */
export interface Cidr {
  readonly family: Family;
  readonly base: bigint;
  readonly prefix: number;
}

export const bitsOf = (family: Family): number => (family === 4 ? 32 : 128);

/** Undefined when the text is no address. */
export function parseAddress(text: string): IpAddress | undefined {
  const family = isIP(text);
  if (family === 4) return { family: 4, value: numberOf(text.split('.').map(Number), 8) };
  if (family === 6 && !text.includes('%')) return { family: 6, value: numberOf(hextets(text), 16) };
  return undefined;
}

export function formatAddress({ family, value }: IpAddress): string {
  const bytes = bytesOf({ family, value });
  if (family === 4) return bytes.join('.');
  const words = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return compress(words);
}

/** Network byte order: 4 or 16 bytes. */
export function bytesOf({ family, value }: IpAddress): Buffer {
  return Buffer.from(value.toString(16).padStart(bitsOf(family) / 4, '0'), 'hex');
}

/** The bytes of an address that is known to be one. */
export function addressBytes(text: string): Buffer {
  const address = parseAddress(text);
  if (!address) throw new TypeError(`Not an IP address: ${text}`);
  return bytesOf(address);
}

/** `172.18.0.0/16`; undefined when it is none. Bits behind the prefix are cut: compare with `formatCidr` where they are an error. */
export function parseCidr(text: string): Cidr | undefined {
  const [, host = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseAddress(host);
  if (!address || Number(length) > bitsOf(address.family)) return undefined;
  return cidrOf(address, Number(length));
}

/** The block of this size that an address lies in. */
export function cidrOf(address: IpAddress, prefix: number): Cidr {
  const size = sizeOf({ family: address.family, prefix });
  return { family: address.family, base: address.value - (address.value % size), prefix };
}

export function formatCidr(block: Cidr): string {
  return `${formatAddress({ family: block.family, value: block.base })}/${block.prefix}`;
}

/** Number of addresses in a block. */
export function sizeOf({ family, prefix }: Pick<Cidr, 'family' | 'prefix'>): bigint {
  return 1n << BigInt(bitsOf(family) - prefix);
}

export function lastOf(block: Cidr): bigint {
  return block.base + sizeOf(block) - 1n;
}

export function containsAddress(block: Cidr, { family, value }: IpAddress): boolean {
  return family === block.family && value >= block.base && value <= lastOf(block);
}

export function overlap(one: Cidr, other: Cidr): boolean {
  return one.family === other.family && one.base <= lastOf(other) && other.base <= lastOf(one);
}

function numberOf(parts: readonly number[], bits: number): bigint {
  return parts.reduce((sum, part) => (sum << BigInt(bits)) | BigInt(part), 0n);
}

function hextets(text: string): number[] {
  const [head = '', tail] = text.split('::');
  const left = words(head);
  const right = tail === undefined ? [] : words(tail);
  const gap = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<number>(gap).fill(0), ...right];
}

/** The last part may be an IPv4 address: `::ffff:10.0.0.1`. */
function words(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [parseInt(part, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}

/** RFC 5952: the first of the longest runs of at least two zero words becomes `::`. */
function compress(words: readonly string[]): string {
  let [start, length] = [0, 1];
  for (let at = 0; at < words.length; at += 1) {
    const run = words.slice(at).findIndex((word) => word !== '0');
    const size = run === -1 ? words.length - at : run;
    if (size > length) [start, length] = [at, size];
  }
  if (length < 2) return words.join(':');
  return `${words.slice(0, start).join(':')}::${words.slice(start + length).join(':')}`;
}
