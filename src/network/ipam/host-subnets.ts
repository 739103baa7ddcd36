import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { type Cidr, cidrOf, parseAddress, parseCidr } from '../../lib/ip-address.ts';

/** A subnet that the host itself uses, and the interface that it uses it on. */
export interface HostSubnet {
  readonly interface: string;
  readonly block: Cidr;
}

/** Subnets of the host's routes (but default ones) and addresses. */
export function hostSubnets(): HostSubnet[] {
  return [...routes4(), ...addresses()].filter(({ block }) => block.prefix > 0);
}

/** /proc/net/route: interface, destination and (eighth column) mask, as hexadecimal numbers in host byte order. */
function routes4(): HostSubnet[] {
  const lines = readFileSync('/proc/net/route', 'latin1').split('\n').slice(1);
  return lines.flatMap((line) => {
    const [name = '', destination = '', , , , , , mask = ''] = line.split(/\s+/);
    const address = parseAddress(fromHex(destination));
    if (!address) return [];
    const ones = [...parseInt(mask, 16).toString(2)].filter((bit) => bit === '1').length;
    return [{ interface: name, block: cidrOf(address, ones) }];
  });
}

function addresses(): HostSubnet[] {
  return Object.entries(networkInterfaces()).flatMap(([name, list = []]) =>
    list.flatMap(({ cidr }) => {
      const block = cidr ? parseCidr(cidr) : undefined;
      return block ? [{ interface: name, block }] : [];
    }),
  );
}

function fromHex(text: string): string {
  if (!/^[0-9A-F]{8}$/.test(text)) return '';
  return Buffer.from(text, 'hex').reverse().join('.');
}
