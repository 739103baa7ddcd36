import { existsSync } from 'node:fs';
import { conflict, EngineError, invalid, notFound, refused } from '../lib/errors.ts';
import { randomId } from '../lib/id.ts';
import { parseCidr } from '../lib/ip-address.ts';
import { checkAnnouncements } from './announcement-options.ts';
import { bridgeOptions, checkGatewayModes, speaksIpv6 } from './bridge-options.ts';
import { withGateway } from './bridges.ts';
import { checkPools, checkReserved } from './check-pools.ts';
import type { NetworkContext } from './context.ts';
import { withDefaultOptions } from './default-options.ts';
import { withHostLock } from './host-lock.ts';
import { hasOwnGateway, NetworkRecord } from './network-record.ts';
import { publishNetwork } from './publish.ts';
import type { NetworkRow } from './store.ts';
import type { IpamPool, NetworkSpec } from './types.ts';
import { checkParent, vlanOptions } from './vlan-options.ts';

/** Makes a network and its bridge, or nothing. */
export async function createNetwork(context: NetworkContext, spec: NetworkSpec): Promise<NetworkRecord> {
  const wanted = withDefaultOptions(context, withConfig(context, spec));
  checkSpec(context, wanted);
  const record = await withHostLock(async () => addRecord(context, wanted));
  try {
    const made = await context.bridges.prepare(record);
    context.store.putNetwork(made.row);
    publishNetwork(context, made, 'create');
    return made;
  } catch (error) {
    context.store.removeNetwork(record.id);
    context.registry.delete(record);
    throw error;
  }
}

/** The settings of the network that it takes its settings from, in place of its own. */
function withConfig({ registry }: NetworkContext, spec: NetworkSpec): NetworkSpec {
  if (!spec.configFrom) return spec;
  if (spec.configOnly)
    throw new EngineError(
      'forbidden',
      'a configuration network cannot depend on another configuration network',
    );
  const config = registry.list().find(({ name, configOnly }) => configOnly && name === spec.configFrom);
  if (!config) throw notFound(`configuration network ${JSON.stringify(spec.configFrom)} does not exist`);
  if (spec.pools?.length || hasEntries(spec.labels) || hasEntries(spec.ipamOptions ?? {}) || spec.enableIpv6)
    throw new EngineError(
      'forbidden',
      'user specified configurations are not supported if the network depends on a configuration network',
    );
  if (hasEntries(spec.options))
    throw new EngineError(
      'forbidden',
      'network driver options are not supported if the network depends on a configuration network',
    );
  const { pools, options, labels, ipamOptions, ipamDriver, enableIpv4, enableIpv6 } = config;
  return { ...spec, pools, options, labels, ipamOptions, ipamDriver, enableIpv4, enableIpv6 };
}

const hasEntries = (map: Readonly<Record<string, string>> = {}): boolean => Object.keys(map).length > 0;

function checkSpec({ registry }: NetworkContext, spec: NetworkSpec): void {
  checkName(registry.list(), spec);
  if (spec.configOnly) return;
  if (spec.driver === 'host' || spec.driver === 'null')
    throw new EngineError('forbidden', `only one instance of "${spec.driver}" network is allowed`);
  const { enableIpv4 = true, enableIpv6 = false, ipamDriver = 'default' } = spec;
  if (!enableIpv4 && !enableIpv6 && spec.driver === 'bridge') throw invalid('IPv4 or IPv6 must be enabled');
  if (ipamDriver === 'null') throw invalid(`ipv${enableIpv4 ? 4 : 6} pool is empty`);
  checkPools(spec, registry.list());
  const settings = bridgeOptions(spec.driver === 'bridge' ? (spec.options ?? {}) : {});
  checkReserved(spec.pools ?? [], (family) => hasOwnGateway(spec, settings, family));
  const vlan = vlanOptions(spec.driver, spec.options ?? {});
  if (vlan) return checkParent(vlan, registry.list());
  checkAnnouncements(spec.options ?? {});
  checkGatewayModes(settings, spec.internal ?? false);
  if (enableIpv6 && !speaksIpv6(settings.mtu))
    throw invalid(`invalid MTU number: ${settings.mtu}: IPv6 needs at least 1280`);
  checkBridgeName(registry.list(), spec.name, settings.name);
}

function checkName(others: readonly NetworkRecord[], { name }: NetworkSpec): void {
  if (name.trim() === '') throw invalid('invalid name: name is empty');
  const present = others.find((other) => other.name === name);
  if (present?.isPredefined || name === 'default')
    throw new EngineError('forbidden', `operation is not permitted on predefined ${name} network `);
  if (present) throw conflict(`network with name ${name} already exists`);
}

function checkBridgeName(others: readonly NetworkRecord[], name: string, bridge: string | undefined): void {
  const holder = bridge && others.find((other) => other.bridge === bridge);
  if (holder)
    throw new EngineError(
      'forbidden',
      `cannot create network ${name} (${bridge}): conflicts with network ${holder.id} (${bridge}): networks have same bridge name`,
    );
}

function addRecord(context: NetworkContext, spec: NetworkSpec): NetworkRecord {
  checkSpec(context, spec);
  const id = randomId();
  const record = new NetworkRecord({
    id,
    createdAt: new Date(),
    ...interfaceOf(context, spec, id),
    ...(spec.configOnly
      ? { chosen: false, chosen6: false, spec: completed(spec, spec.pools ?? []) }
      : withPools(context, spec, id)),
  });
  context.store.putNetwork(record.row, { made: false });
  context.registry.add(record);
  return record;
}

/** Subnets are chosen for families that ask for none. */
function withPools(
  context: NetworkContext,
  spec: NetworkSpec,
  id: string,
): Pick<NetworkRow, 'spec' | 'chosen' | 'chosen6'> {
  const asked = spec.pools ?? [];
  const has = (family: number): boolean => asked.some(({ subnet }) => parseCidr(subnet)?.family === family);
  const chosen = (spec.enableIpv4 ?? true) && !has(4);
  const chosen6 = (spec.enableIpv6 ?? false) && !has(6);
  const settings = bridgeOptions(spec.driver === 'bridge' ? (spec.options ?? {}) : {});
  const finish = (pool: IpamPool, family: 4 | 6): IpamPool =>
    hasOwnGateway(spec, settings, family) ? withGateway(pool) : pool;
  const pools = [
    ...asked.map((pool) =>
      isSize(pool) ? finish(context.bridges.chooseOfSize(pool, id), familyOf(pool)) : pool,
    ),
    ...(chosen ? [finish(context.bridges.chooseFree(), 4)] : []),
    ...(chosen6 ? [finish(context.bridges.chooseFree6(id), 6)] : []),
  ];
  return { chosen, chosen6, spec: completed(spec, pools) };
}

/** `0.0.0.0/24` or `::/64`: some subnet of this size. */
function isSize({ subnet, ipRange, gateway }: IpamPool): boolean {
  return parseCidr(subnet)?.base === 0n && !ipRange && !gateway;
}

const familyOf = ({ subnet }: IpamPool): 4 | 6 => (subnet.includes(':') ? 6 : 4);

/** The bridge, or the interface of the host, of a new network. */
function interfaceOf(
  context: NetworkContext,
  spec: NetworkSpec,
  id: string,
): Pick<NetworkRow, 'bridge' | 'foreignBridge'> {
  if (spec.configOnly) return { bridge: '', foreignBridge: false };
  const vlan = vlanOptions(spec.driver, spec.options ?? {});
  if (vlan) {
    const bridge = vlan.parent ?? context.names.parent(id);
    const isOurs = context.registry
      .list()
      .some((other) => other.bridge === bridge && !other.row.foreignBridge);
    return { bridge, foreignBridge: !isOurs && existsSync(`/sys/class/net/${bridge}`) };
  }
  const given = bridgeOptions(spec.options ?? {}).name;
  return {
    bridge: given ?? context.names.bridge(id),
    foreignBridge: given !== undefined && isBridge(given),
  };
}

/** Whether somebody else has made a bridge of this name already: then we use it, as Docker does. */
function isBridge(name: string): boolean {
  if (!existsSync(`/sys/class/net/${name}`)) return false;
  if (existsSync(`/sys/class/net/${name}/bridge`)) return true;
  throw refused(`existing interface ${name} is not a bridge`);
}

function completed(spec: NetworkSpec, pools: readonly IpamPool[]): Required<NetworkSpec> {
  return {
    name: spec.name,
    driver: spec.driver,
    pools,
    internal: spec.internal ?? false,
    attachable: spec.attachable ?? false,
    enableIpv4: spec.enableIpv4 ?? true,
    enableIpv6: spec.enableIpv6 ?? false,
    configOnly: spec.configOnly ?? false,
    configFrom: spec.configFrom ?? '',
    ipamDriver: spec.ipamDriver ?? 'default',
    options: spec.options ?? {},
    ipamOptions: spec.ipamOptions ?? null,
    labels: spec.labels ?? {},
  };
}
