import { parseCidr } from '../lib/ip-address.ts';
import { bridgeOptions, type BridgeOptions, optionNames } from './bridge-options.ts';
import { NameTable } from './dns/name-table.ts';
import { Subnet } from './ipam/subnet.ts';
import type { NetworkRow } from './store.ts';
import type { Endpoint, IpamPool, Network, NetworkSpec } from './types.ts';
import type { BridgePlan } from './worker/protocol.ts';

/** A network in memory: what was asked for, its addresses, names and endpoints. */
export class NetworkRecord implements Network {
  readonly row: NetworkRow;
  readonly endpoints = new Map<string, Endpoint>();
  /** Undefined for `host` and `null`. */
  readonly subnet4: Subnet | undefined;
  readonly subnet6: Subnet | undefined;
  /** Empty for the default bridge, where containers have no names. */
  readonly names = new NameTable();
  readonly settings: BridgeOptions;

  constructor(row: NetworkRow) {
    this.row = row;
    this.settings = bridgeOptions(row.spec.options);
    this.subnet4 = subnetOf(row.spec.pools, 4);
    this.subnet6 = row.spec.enableIpv6 ? subnetOf(row.spec.pools, 6) : undefined;
  }

  get id(): string {
    return this.row.id;
  }
  get createdAt(): Date {
    return this.row.createdAt;
  }
  get bridge(): string {
    return this.row.bridge;
  }
  get name(): string {
    return this.row.spec.name;
  }
  get driver(): NetworkSpec['driver'] {
    return this.row.spec.driver;
  }
  get pools(): readonly IpamPool[] {
    return this.row.spec.pools;
  }
  get internal(): boolean {
    return this.row.spec.internal;
  }
  get attachable(): boolean {
    return this.row.spec.attachable;
  }
  get enableIpv6(): boolean {
    return this.row.spec.enableIpv6;
  }
  get options(): Readonly<Record<string, string>> {
    return this.row.spec.options;
  }
  get ipamOptions(): Readonly<Record<string, string>> {
    return this.row.spec.ipamOptions;
  }
  get labels(): Readonly<Record<string, string>> {
    return this.row.spec.labels;
  }

  /** `bridge`, `host` and `none` are there always. */
  get isPredefined(): boolean {
    return this.driver !== 'bridge' || this.isDefaultBridge;
  }

  /** The one of containers that name no network: without name service, as in Docker. */
  get isDefaultBridge(): boolean {
    return this.options[optionNames.isDefault] === 'true';
  }

  /** Undefined for networks without a bridge. */
  get bridgePlan(): BridgePlan | undefined {
    if (!this.subnet4) return undefined;
    const { icc, masquerade, mtu } = this.settings;
    return {
      name: this.bridge,
      mac: `02:42:${(this.id.slice(0, 8).match(/../g) ?? []).join(':')}`,
      mtu,
      ipv4: { ip: this.subnet4.gateway, prefix: this.subnet4.prefix },
      ...(this.subnet6 && { ipv6: { ip: this.subnet6.gateway, prefix: this.subnet6.prefix } }),
      internal: this.internal,
      icc,
      masquerade,
      foreign: this.row.foreignBridge,
    };
  }

  addEndpoint(endpoint: Endpoint): void {
    this.removeEndpoint(endpoint.containerId);
    this.endpoints.set(endpoint.containerId, endpoint);
    if (!this.isDefaultBridge) this.names.add(endpoint);
  }

  removeEndpoint(containerId: string): void {
    const endpoint = this.endpoints.get(containerId);
    if (!endpoint) return;
    this.endpoints.delete(containerId);
    this.names.remove(endpoint);
  }
}

function subnetOf(pools: readonly IpamPool[], family: 4 | 6): Subnet | undefined {
  const pool = pools.find(({ subnet }) => parseCidr(subnet)?.family === family);
  return pool && new Subnet(pool);
}
