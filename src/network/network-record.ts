import { formatAddress, parseCidr } from '../lib/ip-address.ts';
import { bridgeOptions, type BridgeOptions, optionNames } from './bridge-options.ts';
import { NameTable } from './dns/name-table.ts';
import { Subnet } from './ipam/subnet.ts';
import type { NetworkRow } from './store.ts';
import type { Endpoint, IpamPool, Network, NetworkSpec, SubnetUsage } from './types.ts';
import { isRoutedOnLink, vlanOptions, type VlanOptions } from './vlan-options.ts';
import type { AddressPlan, BridgePlan, ParentPlan } from './worker/protocol.ts';

/** A network in memory: what was asked for, its addresses, names and endpoints. */
export class NetworkRecord implements Network {
  readonly row: NetworkRow;
  readonly endpoints = new Map<string, Endpoint>();
  /** Both are empty for `host` and `null`. Bridges have at most one of each family. */
  readonly subnets4: readonly Subnet[];
  readonly subnets6: readonly Subnet[];
  /** Empty for the default bridge, where containers have no names. */
  readonly names = new NameTable();
  readonly settings: BridgeOptions;
  /** Undefined unless the driver is `macvlan` or `ipvlan`. */
  readonly vlan: VlanOptions | undefined;

  constructor(row: NetworkRow) {
    const { spec } = row;
    this.row = row;
    this.settings = bridgeOptions(relevant(spec));
    this.vlan = vlanOptions(spec.driver, spec.options);
    this.subnets4 = spec.enableIpv4 && this.hasLinks ? this.subnetsOf(4) : [];
    this.subnets6 = spec.enableIpv6 && this.hasLinks ? this.subnetsOf(6) : [];
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
  get enableIpv4(): boolean {
    return this.row.spec.enableIpv4;
  }
  get enableIpv6(): boolean {
    return this.row.spec.enableIpv6;
  }
  get options(): Readonly<Record<string, string>> {
    return this.row.spec.options;
  }
  get ipamOptions(): Readonly<Record<string, string>> | null {
    return this.row.spec.ipamOptions;
  }
  get ipamDriver(): string {
    return this.row.spec.ipamDriver;
  }
  get configOnly(): boolean {
    return this.row.spec.configOnly;
  }
  get configFrom(): string {
    return this.row.spec.configFrom;
  }
  get labels(): Readonly<Record<string, string>> {
    return this.row.spec.labels;
  }

  get isPredefined(): boolean {
    return !this.configOnly && (this.driver === 'host' || this.driver === 'null' || this.isDefaultBridge);
  }

  /** The one of containers that name no network: without name service, as in Docker. Nobody else can have its name. */
  get isDefaultBridge(): boolean {
    return this.driver === 'bridge' && this.name === 'bridge';
  }

  /** Whether containers get links, unlike in `host`, `null` and networks that only hold settings. */
  get hasLinks(): boolean {
    return this.driver === 'bridge' || this.vlan !== undefined;
  }

  /** Whether containers reach more through it than each other. */
  get leadsOutside(): boolean {
    return this.hasLinks && !this.internal && (this.vlan === undefined || this.vlan.parent !== undefined);
  }

  /** Whether the way out of a container in it is the link itself, without a gateway. */
  get isRoutedOnLink(): boolean {
    return this.vlan !== undefined && isRoutedOnLink(this.vlan);
  }

  get subnets(): readonly Subnet[] {
    return [...this.subnets4, ...this.subnets6];
  }

  usage(): SubnetUsage[] {
    return this.subnets.map(({ text: subnet, used, free }) => ({ subnet, used, free }));
  }

  /** Undefined for networks without a bridge. */
  get bridgePlan(): BridgePlan | undefined {
    if (this.driver !== 'bridge') return undefined;
    const { icc, masquerade, mtu, mode4, mode6, source4, source6, inhibitIpv4 } = this.settings;
    const [ipv4] = this.subnets4.map(addressPlan);
    const [ipv6] = this.subnets6.map(addressPlan);
    return {
      name: this.bridge,
      mac: `02:42:${(this.id.slice(0, 8).match(/../g) ?? []).join(':')}`,
      mtu,
      ...(ipv4 && { ipv4: { ...ipv4, hidden: inhibitIpv4 || mode4 === 'isolated' } }),
      ...(ipv6 && { ipv6: { ...ipv6, hidden: mode6 === 'isolated' } }),
      internal: this.internal,
      icc,
      masquerade4: masquerade && mode4 !== 'routed',
      masquerade6: masquerade && mode6 !== 'routed',
      source4,
      source6,
      mode4,
      mode6,
      foreign: this.row.foreignBridge,
    };
  }

  /** Undefined for networks whose links are not on an interface of the host. */
  get parentPlan(): ParentPlan | undefined {
    if (!this.vlan) return undefined;
    const { driver, parent } = this.vlan;
    return { name: this.bridge, driver, isolated: parent === undefined, foreign: this.row.foreignBridge };
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

  private subnetsOf(family: 4 | 6): Subnet[] {
    const pools = this.pools.filter(({ subnet }) => parseCidr(subnet)?.family === family);
    return pools.map((pool) => new Subnet(pool, hasOwnGateway(this, this.settings, family)));
  }
}

/** Only bridges have all the options. */
function relevant({ driver, configOnly, options }: Required<NetworkSpec>): Readonly<Record<string, string>> {
  if (driver === 'bridge' && !configOnly) return options;
  const prefix = configOnly ? undefined : options[optionNames.interfacePrefix];
  return prefix === undefined ? {} : { [optionNames.interfacePrefix]: prefix };
}

/** Whether a subnet's first address is the gateway when none is named: not where the bridge has no address. */
export function hasOwnGateway(
  { driver, internal = false, options = {} }: Pick<NetworkSpec, 'driver' | 'internal' | 'options'>,
  settings: BridgeOptions,
  family: 4 | 6,
): boolean {
  if (driver !== 'bridge') return !internal && Boolean(options['parent']);
  const leadsNowhere = internal && family === 4 && settings.inhibitIpv4;
  return settings[`mode${family}`] !== 'isolated' && !leadsNowhere;
}

/** The bridge's own address; where nobody has one, that of the subnet. */
function addressPlan({ gateway, block, prefix }: Subnet): AddressPlan {
  return { ip: gateway || formatAddress({ family: block.family, value: block.base }), prefix };
}
