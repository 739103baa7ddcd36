import type { EventBus } from '../events/types.ts';
import type { KeyedLock } from '../lib/keyed-lock.ts';
import type { Logger } from '../lib/log.ts';
import type { Bridges } from './bridges.ts';
import type { Upstream } from './dns/upstream.ts';
import type { ForeignFirewall } from './firewall.ts';
import type { KernelWorker } from './kernel-worker.ts';
import type { KernelNames } from './names.ts';
import type { HostPorts } from './ports/host-ports.ts';
import type { NetworkRegistry } from './registry.ts';
import type { OpenSandbox } from './sandbox.ts';
import type { NetworkStore } from './store.ts';

/** What the verbs of this folder share. */
export interface NetworkContext {
  readonly store: NetworkStore;
  readonly registry: NetworkRegistry;
  /** By container id. Changed in the same turn as the worker's request is sent: requests and this map have one order. */
  readonly sandboxes: Map<string, OpenSandbox>;
  readonly worker: KernelWorker;
  readonly bridges: Bridges;
  readonly ports: HostPorts;
  readonly firewall: ForeignFirewall;
  readonly upstream: Upstream;
  /** One verb at a time on a container; the key `networks` is for creating and removing them. */
  readonly locks: KeyedLock;
  readonly events: EventBus;
  readonly logger: Logger;
  readonly names: KernelNames;
  /** Where containers reach the host, when not by the default bridge. */
  readonly hostGateways: readonly string[];
  /** Driver options of new networks that don't name them, by driver. */
  readonly defaultOptions: Readonly<Record<string, Readonly<Record<string, string>>>>;
}
