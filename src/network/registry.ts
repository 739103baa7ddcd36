import { notFound } from '../lib/errors.ts';
import type { Subnet } from './ipam/subnet.ts';
import { NetworkRecord } from './network-record.ts';

/** All networks in memory, by id and by name. */
export class NetworkRegistry {
  private readonly byId = new Map<string, NetworkRecord>();

  list(): NetworkRecord[] {
    return [...this.byId.values()];
  }

  add(record: NetworkRecord): void {
    for (const [one, other] of this.shared(record)) one.shareWith(other);
    this.byId.set(record.id, record);
  }

  delete(record: NetworkRecord): void {
    this.byId.delete(record.id);
    for (const subnet of record.subnets) subnet.standAlone();
  }

  /** Networks on interfaces of the host may have a subnet in common, each with a range of its own. */
  private shared(record: NetworkRecord): [Subnet, Subnet][] {
    if (!record.vlan) return [];
    const others = this.list().filter(({ vlan, id }) => vlan !== undefined && id !== record.id);
    return record.subnets.flatMap((one) =>
      others
        .flatMap(({ subnets }) => subnets)
        .filter((other) => other.text === one.text)
        .map((other): [Subnet, Subnet] => [one, other]),
    );
  }

  /** As Docker: by whole id, by name, then by the beginning of an id when only one begins so. */
  find(nameOrId: string): NetworkRecord | undefined {
    const exact = this.byId.get(nameOrId) ?? this.list().find(({ name }) => name === nameOrId);
    if (exact || nameOrId === '') return exact;
    const [first, second] = this.list().filter(({ id }) => id.startsWith(nameOrId));
    return second ? undefined : first;
  }

  get(nameOrId: string): NetworkRecord {
    const record = this.find(nameOrId);
    if (!record) throw notFound(`network ${nameOrId} not found`);
    return record;
  }
}
