import type { DatabaseSync } from 'node:sqlite';
import type { EventBus } from '../events/types.ts';
import { KeyedLock } from '../lib/keyed-lock.ts';
import type { Logger } from '../lib/log.ts';
import { Bridges } from './bridges.ts';
import type { NetworkContext } from './context.ts';
import { addDefaultNetworks, type DefaultBridgeSettings } from './default-networks.ts';
import { Upstream } from './dns/upstream.ts';
import { ForeignFirewall } from './firewall.ts';
import { type AddressPool, dockerPools } from './ipam/choose-subnet.ts';
import { KernelWorker } from './kernel-worker.ts';
import { LocalNetworks } from './local-networks.ts';
import { KernelNames } from './names.ts';
import { NetworkRecord } from './network-record.ts';
import { HostPorts } from './ports/host-ports.ts';
import { NetworkRegistry } from './registry.ts';
import { NetworkStore } from './store.ts';
import type { Networks } from './types.ts';

export interface NetworkSettings extends DefaultBridgeSettings {
  readonly database: DatabaseSync;
  readonly events: EventBus;
  readonly logger: Logger;
  /** Name of the table and stem of all interface names: engines side by side need different ones. Default `lading`. */
  readonly name?: string;
  /** What subnets are cut from. Default: Docker's. */
  readonly defaultAddressPools?: readonly AddressPool[];
  /** Driver options of new networks that don't name them, by driver (`default-network-opts`). */
  readonly defaultOptions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Namespaces kept ready. Default 16. */
  readonly poolSize?: number;
  /** Where the host's name servers listen, when not at port 53 (for tests). */
  readonly dnsPort?: number;
  /** Pause between two looks at the firewall's rules, in milliseconds. Default 2000. */
  readonly watch?: number;
}

const WATCH = 2000;

/**
 * Opens the networks of an engine. Call `recover` next: until then the addresses of containers that run are unknown. Nothing is
 * made in the kernel before it is needed, or 100 ms have passed.
 */
export async function openNetworks(settings: NetworkSettings): Promise<Networks> {
  const { database, events, logger, name = 'lading', poolSize = 16 } = settings;
  const names = new KernelNames(name);
  const worker = new KernelWorker({ engine: name, poolSize });
  const store = new NetworkStore(database);
  const registry = new NetworkRegistry();
  const firewall = new ForeignFirewall(names, logger);
  const pools = settings.defaultAddressPools ?? dockerPools;
  for (const row of store.networks()) registry.add(new NetworkRecord(row));
  const context: NetworkContext = {
    store,
    registry,
    sandboxes: new Map(),
    worker,
    bridges: new Bridges({ registry, store, worker, firewall, pools, logger }),
    ports: new HostPorts(names.firstPort),
    firewall,
    upstream: new Upstream(settings.dnsPort),
    locks: new KeyedLock(),
    events,
    logger,
    names,
    hostGateways: settings.hostGateways ?? [],
    defaultOptions: settings.defaultOptions ?? {},
  };
  await addDefaultNetworks(context, names.defaultBridge, settings);
  return new LocalNetworks(context, settings.watch ?? WATCH);
}
