import type { Logger } from '../lib/log.ts';
import { cidrOf, formatAddress, formatCidr, overlap, parseAddress, parseCidr } from '../lib/ip-address.ts';
import type { ForeignFirewall } from './firewall.ts';
import { withHostLock } from './host-lock.ts';
import { type AddressPool, chooseSubnet, poolsFor } from './ipam/choose-subnet.ts';
import { hostSubnets } from './ipam/host-subnets.ts';
import type { KernelWorker } from './kernel-worker.ts';
import { NetworkRecord } from './network-record.ts';
import type { NetworkRegistry } from './registry.ts';
import type { NetworkStore } from './store.ts';
import type { IpamPool } from './types.ts';
import type { TableState } from './worker/protocol.ts';

interface BridgesParts {
  readonly registry: NetworkRegistry;
  readonly store: NetworkStore;
  readonly worker: KernelWorker;
  readonly firewall: ForeignFirewall;
  readonly pools: readonly AddressPool[];
  readonly logger: Logger;
}

/**
 * The bridges on the host, and the interfaces that links are on, each made before its network is used first; and the subnets
 * that are chosen for them.
 */
export class Bridges {
  private readonly parts: BridgesParts;
  private readonly prepared = new Map<string, Promise<NetworkRecord>>();

  constructor(parts: BridgesParts) {
    this.parts = parts;
  }

  /** Makes the network's bridge unless that was done. The record returned may be a new one, with another subnet. */
  prepare(record: NetworkRecord): Promise<NetworkRecord> {
    if (!record.hasLinks) return Promise.resolve(record);
    const known = this.prepared.get(record.id);
    if (known) return known;
    const made = this.make(record);
    this.prepared.set(record.id, made);
    made.catch(() => this.prepared.delete(record.id));
    return made;
  }

  async remove(record: NetworkRecord): Promise<void> {
    this.prepared.delete(record.id);
    const { worker, registry, firewall } = this.parts;
    const { bridgePlan, parentPlan } = record;
    firewall.forget(record.bridge);
    if (bridgePlan) await worker.request('removeBridge', bridgePlan);
    const isShared = registry.list().some((other) => other.vlan && other.bridge === record.bridge);
    if (parentPlan && !isShared) await worker.request('removeParent', parentPlan);
  }

  /** All that the kernel must know, whether made already or not. */
  plans(): Pick<TableState, 'bridges' | 'parents'> {
    const records = this.parts.registry.list();
    return {
      bridges: records.flatMap(({ bridgePlan }) => bridgePlan ?? []),
      parents: records.flatMap(({ parentPlan }) => parentPlan ?? []),
    };
  }

  /** A subnet that nothing on this host uses. Only valid while the host's lock is held. */
  chooseFree(family: 4 | 6 = 4, except?: NetworkRecord, size?: number): IpamPool {
    const others = this.parts.registry.list().filter((record) => record !== except);
    const ours = others.flatMap(({ subnets }) => subnets.map(({ block }) => block));
    const hosts = hostSubnets().filter((subnet) => subnet.interface !== except?.bridge);
    const taken = [...ours, ...hosts.map(({ block }) => block)];
    const own = others.filter(({ row, subnets4 }) => row.chosen && subnets4.length > 0).length;
    const pools = ofSize(poolsFor(this.parts.pools, own), size);
    return { subnet: formatCidr(chooseSubnet(pools, taken, family)) };
  }

  /** The same of IPv6: from the pools where these have any, else a unique local one (RFC 4193). */
  chooseFree6(networkId: string): IpamPool {
    return this.hasPools6 ? this.chooseFree(6) : localSubnet(networkId);
  }

  /** One of the size of an unspecified subnet such as `0.0.0.0/24`. */
  chooseOfSize({ subnet }: IpamPool, networkId: string): IpamPool {
    const { family = 4, prefix = 0 } = parseCidr(subnet) ?? {};
    if (family === 6 && !this.hasPools6) return localSubnet(networkId, prefix);
    return this.chooseFree(family, undefined, prefix);
  }

  private get hasPools6(): boolean {
    return this.parts.pools.some(({ base }) => base.includes(':'));
  }

  private async make(record: NetworkRecord): Promise<NetworkRecord> {
    if (record.parentPlan) {
      await this.parts.worker.request('ensureParent', record.parentPlan);
      return record;
    }
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
    const clash = findClash(record);
    if (!clash) return record;
    const fields = { network: record.name, subnet: formatCidr(clash.block), interface: clash.interface };
    if (!record.row.chosen || record.endpoints.size > 0) {
      this.parts.logger.warn('The subnet of a network is in use on this host', fields);
      return record;
    }
    const chosen = this.chooseFree(4, record);
    const pool = record.subnets4[0]?.gateway === '' ? chosen : withGateway(chosen);
    const kept = record.pools.filter(({ subnet }) => parseCidr(subnet)?.family === 6);
    const row = { ...record.row, spec: { ...record.row.spec, pools: [pool, ...kept] } };
    const next = new NetworkRecord(row);
    this.parts.store.putNetwork(row);
    this.parts.registry.add(next);
    this.parts.logger.info('Another subnet was chosen for a network', { ...fields, now: pool.subnet });
    return next;
  }
}

/** What of the host has addresses of a network's subnets. */
export function findClash(record: NetworkRecord): ReturnType<typeof hostSubnets>[number] | undefined {
  const own = record.subnets.map(({ block }) => block);
  return hostSubnets().find(
    (subnet) => subnet.interface !== record.bridge && own.some((block) => overlap(block, subnet.block)),
  );
}

/** Pools that have subnets of a size, cut into these. */
function ofSize(pools: readonly AddressPool[], size: number | undefined): readonly AddressPool[] {
  if (size === undefined) return pools;
  return pools.flatMap(({ base }) => ((parseCidr(base)?.prefix ?? 0) <= size ? [{ base, size }] : []));
}

/** The network's id is random enough. */
function localSubnet(networkId: string, prefix = 64): IpamPool {
  const [a, b, c] = [networkId.slice(0, 2), networkId.slice(2, 6), networkId.slice(6, 10)];
  const address = parseAddress(`fd${a}:${b}:${c}::`);
  if (!address) throw new TypeError(`Not a network's id: ${networkId}`);
  return { subnet: formatCidr(cidrOf(address, Math.max(prefix, 8))) };
}

/** The gateway is spelled out where we choose the subnet, as Docker does. */
export function withGateway(pool: IpamPool): IpamPool {
  const block = parseCidr(pool.subnet);
  if (!block || pool.gateway) return pool;
  return { ...pool, gateway: formatAddress({ family: block.family, value: block.base + 1n }) };
}
