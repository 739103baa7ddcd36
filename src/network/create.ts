import { existsSync } from 'node:fs';
import { conflict, EngineError, invalid } from '../lib/errors.ts';
import { randomId } from '../lib/id.ts';
import { formatCidr, parseCidr } from '../lib/ip-address.ts';
import { bridgeOptions } from './bridge-options.ts';
import { withGateway } from './bridges.ts';
import { checkPools } from './check-pools.ts';
import type { NetworkContext } from './context.ts';
import { withHostLock } from './host-lock.ts';
import { NetworkRecord } from './network-record.ts';
import { publishNetwork } from './publish.ts';
import type { IpamPool, NetworkSpec } from './types.ts';

/** Makes a network and its bridge, or nothing. */
export async function createNetwork(context: NetworkContext, spec: NetworkSpec): Promise<NetworkRecord> {
  checkSpec(context, spec);
  const record = await withHostLock(async () => addRecord(context, spec));
  try {
    const made = await context.bridges.prepare(record);
    publishNetwork(context, made, 'create');
    return made;
  } catch (error) {
    context.store.removeNetwork(record.id);
    context.registry.delete(record);
    throw error;
  }
}

function checkSpec({ registry }: NetworkContext, spec: NetworkSpec): void {
  if (spec.name.trim() === '') throw invalid('invalid name: name is empty');
  const present = registry.list().find(({ name }) => name === spec.name);
  if (present?.isPredefined) {
    throw new EngineError('forbidden', `operation is not permitted on predefined ${spec.name} network `);
  }
  if (present) throw conflict(`network with name ${spec.name} already exists`);
  if (spec.driver !== 'bridge') {
    throw new EngineError('forbidden', `only one instance of "${spec.driver}" network is allowed`);
  }
  checkPools(spec.pools ?? [], registry.list());
  const bridge = bridgeOptions(spec.options ?? {}).name;
  const holder = bridge && registry.list().find((other) => other.bridge === bridge);
  if (holder) {
    throw new EngineError(
      'forbidden',
      `cannot create network ${spec.name} (${bridge}): conflicts with network ${holder.id} (${bridge}): networks have same bridge name`,
    );
  }
}

function addRecord(context: NetworkContext, spec: NetworkSpec): NetworkRecord {
  checkSpec(context, spec);
  const id = randomId();
  const given = bridgeOptions(spec.options ?? {}).name;
  const asked = spec.pools ?? [];
  const hasIpv4 = asked.some(({ subnet }) => parseCidr(subnet)?.family === 4);
  const hasIpv6 = asked.some(({ subnet }) => parseCidr(subnet)?.family === 6);
  const pools = [
    ...(hasIpv4 ? [] : [withGateway(context.bridges.chooseFree())]),
    ...asked,
    ...(spec.enableIpv6 && !hasIpv6 ? [localSubnet(id)] : []),
  ];
  const record = new NetworkRecord({
    id,
    createdAt: new Date(),
    bridge: given ?? context.bridgeName(id),
    chosen: !hasIpv4,
    foreignBridge: given !== undefined && isBridge(given),
    spec: completed(spec, pools),
  });
  context.store.putNetwork(record.row);
  context.registry.add(record);
  return record;
}

/** Whether somebody else has made a bridge of this name already: then we use it, as Docker does. */
function isBridge(name: string): boolean {
  if (!existsSync(`/sys/class/net/${name}`)) return false;
  if (existsSync(`/sys/class/net/${name}/bridge`)) return true;
  throw invalid(`the interface ${name} exists and is not a bridge`);
}

/** A unique local IPv6 subnet (RFC 4193); the network's id is random enough. */
function localSubnet(id: string): IpamPool {
  const [a, b, c] = [id.slice(0, 2), id.slice(2, 6), id.slice(6, 10)];
  const block = parseCidr(`fd${a}:${b}:${c}::/64`);
  if (!block) throw new TypeError(`Not a network's id: ${id}`);
  return withGateway({ subnet: formatCidr(block) });
}

function completed(spec: NetworkSpec, pools: readonly IpamPool[]): Required<NetworkSpec> {
  return {
    name: spec.name,
    driver: spec.driver,
    pools,
    internal: spec.internal ?? false,
    attachable: spec.attachable ?? false,
    enableIpv6: spec.enableIpv6 ?? false,
    options: spec.options ?? {},
    ipamOptions: spec.ipamOptions ?? {},
    labels: spec.labels ?? {},
  };
}
