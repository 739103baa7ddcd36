import type { Logger } from '../lib/log.ts';
import { formatAddress, formatCidr, overlap, parseCidr } from '../lib/ip-address.ts';
import type { ForeignFirewall } from './firewall.ts';
import { withHostLock } from './host-lock.ts';
import { type AddressPool, chooseSubnet } from './ipam/choose-subnet.ts';
import { hostSubnets } from './ipam/host-subnets.ts';
import type { KernelWorker } from './kernel-worker.ts';
import { NetworkRecord } from './network-record.ts';
import type { NetworkRegistry } from './registry.ts';
import type { NetworkStore } from './store.ts';
import type { IpamPool } from './types.ts';

interface BridgesParts {
  readonly registry: NetworkRegistry;
  readonly store: NetworkStore;
  readonly worker: KernelWorker;
  readonly firewall: ForeignFirewall;
  readonly pools: readonly AddressPool[];
  readonly logger: Logger;
}

/** The bridges on the host, each made before its network is used first, and the subnets that are chosen for them. */
export class Bridges {
  private readonly parts: BridgesParts;
  private readonly prepared = new Map<string, Promise<NetworkRecord>>();

  constructor(parts: BridgesParts) {
    this.parts = parts;
  }

  /** Makes the network's bridge unless that was done. The record returned may be a new one, with another subnet. */
  prepare(record: NetworkRecord): Promise<NetworkRecord> {
    if (!record.bridgePlan) return Promise.resolve(record);
    const known = this.prepared.get(record.id);
    if (known) return known;
    const made = this.make(record);
    this.prepared.set(record.id, made);
    made.catch(() => this.prepared.delete(record.id));
    return made;
  }

  async remove(record: NetworkRecord): Promise<void> {
    this.prepared.delete(record.id);
    if (record.bridge) await this.parts.worker.request('removeBridge', record.bridge);
  }

  /** All that the kernel must know, whether made already or not. */
  plans(): { record: NetworkRecord; plan: NonNullable<NetworkRecord['bridgePlan']> }[] {
    return this.parts.registry.list().flatMap((record) => {
      const plan = record.bridgePlan;
      return plan ? [{ record, plan }] : [];
    });
  }

  /** A subnet that nothing on this host uses. Only valid while the host's lock is held. */
  chooseFree(family: 4 | 6 = 4, except?: NetworkRecord): IpamPool {
    const others = this.parts.registry.list().filter((record) => record !== except);
    const ours = others.flatMap(({ pools }) => pools.flatMap(({ subnet }) => parseCidr(subnet) ?? []));
    const hosts = hostSubnets().filter((subnet) => subnet.interface !== except?.bridge);
    const taken = [...ours, ...hosts.map(({ block }) => block)];
    return { subnet: formatCidr(chooseSubnet(this.parts.pools, taken, family)) };
  }

  private async make(record: NetworkRecord): Promise<NetworkRecord> {
    const settled = await withHostLock(async () => {
      const usable = this.withoutClash(record);
      await this.parts.worker.request(
        'ensureBridge',
        usable.bridgePlan as NonNullable<NetworkRecord['bridgePlan']>,
      );
      return usable;
    });
    await this.parts.firewall.admit(settled.bridge);
    return settled;
  }

  /** A subnet that we chose earlier may be in use by now: another engine, a VPN. While nobody is in it we choose again. */
  private withoutClash(record: NetworkRecord): NetworkRecord {
    const own = record.pools.flatMap(({ subnet }) => parseCidr(subnet) ?? []);
    const clash = hostSubnets().find(
      (subnet) => subnet.interface !== record.bridge && own.some((block) => overlap(block, subnet.block)),
    );
    if (!clash) return record;
    const fields = { network: record.name, subnet: formatCidr(clash.block), interface: clash.interface };
    if (!record.row.chosen || record.endpoints.size > 0) {
      this.parts.logger.warn('The subnet of a network is in use on this host', fields);
      return record;
    }
    const pool = withGateway(this.chooseFree(4, record));
    const kept = record.pools.filter(({ subnet }) => parseCidr(subnet)?.family === 6);
    const row = { ...record.row, spec: { ...record.row.spec, pools: [pool, ...kept] } };
    const next = new NetworkRecord(row);
    this.parts.store.putNetwork(row);
    this.parts.registry.add(next);
    this.parts.logger.info('Another subnet was chosen for a network', { ...fields, now: pool.subnet });
    return next;
  }
}

/** The gateway is spelled out where we choose the subnet, as Docker does. */
export function withGateway(pool: IpamPool): IpamPool {
  const block = parseCidr(pool.subnet);
  if (!block || pool.gateway) return pool;
  return { ...pool, gateway: formatAddress({ family: block.family, value: block.base + 1n }) };
}
