import type { Endpoint } from '../types.ts';

/** The names of one network, without regard to case. A name may belong to several endpoints: an alias that replicas share. */
export class NameTable {
  private readonly byName = new Map<string, Set<Endpoint>>();
  private readonly byAddress = new Map<string, Endpoint>();

  add(endpoint: Endpoint): void {
    for (const name of keysOf(endpoint)) {
      const owners = this.byName.get(name) ?? new Set();
      this.byName.set(name, owners.add(endpoint));
    }
    for (const address of addressesOf(endpoint)) this.byAddress.set(address, endpoint);
  }

  remove(endpoint: Endpoint): void {
    for (const name of keysOf(endpoint)) {
      const owners = this.byName.get(name);
      owners?.delete(endpoint);
      if (owners?.size === 0) this.byName.delete(name);
    }
    for (const address of addressesOf(endpoint)) {
      if (this.byAddress.get(address) === endpoint) this.byAddress.delete(address);
    }
  }

  find(name: string): Endpoint[] {
    return [...(this.byName.get(name.toLowerCase()) ?? [])];
  }

  findAddress(ip: string): Endpoint | undefined {
    return this.byAddress.get(ip);
  }
}

const keysOf = ({ dnsNames }: Endpoint): string[] => dnsNames.map((name) => name.toLowerCase());

const addressesOf = ({ ipv4, ipv6 }: Endpoint): string[] => [ipv4, ipv6].filter((ip) => ip !== '');
