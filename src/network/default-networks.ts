import { invalid } from '../lib/errors.ts';
import { randomId } from '../lib/id.ts';
import {
  cidrOf,
  containsAddress,
  formatAddress,
  formatCidr,
  parseAddress,
  parseCidr,
} from '../lib/ip-address.ts';
import { optionNames, usualMtu } from './bridge-options.ts';
import { withGateway } from './bridges.ts';
import type { NetworkContext } from './context.ts';
import { withHostLock } from './host-lock.ts';
import { NetworkRecord } from './network-record.ts';
import type { NetworkRow } from './store.ts';
import type { IpamPool, NetworkSpec } from './types.ts';

/** Settings of the network that containers are in when they name none, as in Docker's daemon.json. */
export interface DefaultBridgeSettings {
  /** The bridge's own address and prefix: `172.20.0.1/16`. */
  readonly bip?: string;
  /** The part of its subnet that containers get addresses of. */
  readonly fixedCidr?: string;
  /** Address that ports are published on when none is asked for. */
  readonly ip?: string;
  readonly mtu?: number;
  readonly icc?: boolean;
  readonly ipMasq?: boolean;
  /** Addresses of the host for `host-gateway`, when not the bridge's own. */
  readonly hostGateways?: readonly string[];
}

/** Adds `bridge`, `host` and `none` where they are missing, and brings `bridge` to these settings. */
export async function addDefaultNetworks(
  context: NetworkContext,
  bridge: string,
  settings: DefaultBridgeSettings,
): Promise<void> {
  for (const [name, driver] of [
    ['host', 'host'],
    ['none', 'null'],
  ] as const) {
    if (!context.registry.find(name)) keep(context, newRow({ name, driver }, '', true));
  }
  const present = context.registry.list().find((record) => record.isDefaultBridge);
  const pool = wantedPool(settings);
  const pools = pool ? [pool] : present?.row.chosen ? present.pools : [await choose(context)];
  const options = bridgeOptions(bridge, settings);
  const row = present?.row ?? newRow({ name: 'bridge', driver: 'bridge' }, bridge, true);
  const wanted = { ...row, bridge, chosen: !pool, spec: { ...row.spec, pools, options } };
  if (JSON.stringify(wanted) !== JSON.stringify(present?.row)) keep(context, wanted);
}

function bridgeOptions(name: string, settings: DefaultBridgeSettings): Record<string, string> {
  return {
    [optionNames.isDefault]: 'true',
    [optionNames.icc]: String(settings.icc ?? true),
    [optionNames.masquerade]: String(settings.ipMasq ?? true),
    [optionNames.hostBinding]: settings.ip ?? '0.0.0.0',
    [optionNames.name]: name,
    [optionNames.mtu]: String(settings.mtu ?? usualMtu()),
  };
}

function keep(context: NetworkContext, row: NetworkRow): void {
  context.store.putNetwork(row);
  context.registry.add(new NetworkRecord(row));
}

/** Nothing is made yet: should another engine take it before we do, `Bridges.prepare` chooses again. */
function choose(context: NetworkContext): Promise<IpamPool> {
  return withHostLock(async () => withGateway(context.bridges.chooseFree()));
}

/** What the settings say of its addresses; undefined = the engine chooses. */
function wantedPool({ bip, fixedCidr }: DefaultBridgeSettings): IpamPool | undefined {
  const range = fixedCidr === undefined ? undefined : parseCidr(fixedCidr);
  if (fixedCidr !== undefined && range?.family !== 4) throw invalid(`invalid fixed-cidr: ${fixedCidr}`);
  if (bip === undefined) return range && withGateway({ subnet: formatCidr(range) });
  const pool = poolOf(bip);
  if (!range) return pool;
  const block = parseCidr(pool.subnet);
  if (!block || block.prefix > range.prefix || !containsAddress(block, { family: 4, value: range.base }))
    throw invalid(`fixed-cidr ${fixedCidr} is not within ${pool.subnet}, the subnet of bip ${bip}`);
  return { ...pool, ipRange: formatCidr(range) };
}

function poolOf(bip: string): IpamPool {
  const [host = '', length = ''] = bip.split('/');
  const address = parseAddress(host);
  if (address?.family !== 4 || !/^\d{1,2}$/.test(length) || Number(length) > 30) {
    throw invalid(`invalid bridge address (bip): ${bip}`);
  }
  const block = cidrOf(address, Number(length));
  return { subnet: formatCidr(block), gateway: formatAddress(address) };
}

function newRow(spec: Pick<NetworkSpec, 'name' | 'driver'>, bridge: string, chosen: boolean): NetworkRow {
  return {
    id: randomId(),
    createdAt: new Date(),
    bridge,
    chosen,
    chosen6: false,
    foreignBridge: false,
    spec: {
      ...spec,
      pools: [],
      internal: false,
      attachable: false,
      enableIpv4: true,
      enableIpv6: false,
      configOnly: false,
      configFrom: '',
      ipamDriver: 'default',
      options: {},
      ipamOptions: null,
      labels: {},
    },
  };
}
