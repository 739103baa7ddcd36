import { formatCidr } from '../lib/ip-address.ts';
import { findClash } from './bridges.ts';
import type { NetworkContext } from './context.ts';
import { createNetwork } from './create.ts';
import { hostNetworkResolvConf } from './dns/resolv-conf.ts';
import { renameEndpoint } from './endpoint.ts';
import { checkConfig, openSandbox, resolvConf } from './open.ts';
import { checkJoining, connectSandbox, disconnectSandbox } from './reconnect.ts';
import { publishEndpoint } from './publish.ts';
import { recoverSandboxes, synchronize } from './recover.ts';
import { releaseSandbox } from './release.ts';
import { removeNetwork } from './remove.ts';
import { publishedPorts, rowOf } from './sandbox.ts';
import type {
  DnsSpec,
  Endpoint,
  EndpointSpec,
  Network,
  Networks,
  NetworkSpec,
  PublishedPort,
  Sandbox,
  SandboxSpec,
} from './types.ts';
import { messageOf } from '../lib/errors.ts';

/** How long the start of the engine is left alone before the worker starts, unless a container is there first. */
const WARM_UP = 100;
/** Rules of iptables-legacy change without a trace that is as cheap to see: so many looks later they are read in any case. */
const THOROUGH = 15;

/** The networks of one host, made of bridges. */
export class LocalNetworks implements Networks {
  private readonly context: NetworkContext;
  private readonly watchPause: number;
  private warmUp: NodeJS.Timeout | undefined;
  private watch: NodeJS.Timeout | undefined;
  private synchronized: Promise<void> | undefined;
  private closed = false;
  private checking = false;
  private looks = 0;

  /** `watch`: how often we look whether something else has changed the firewall's rules, while containers run; in milliseconds. */
  constructor(context: NetworkContext, watch: number) {
    this.context = context;
    this.watchPause = watch;
  }

  create(spec: NetworkSpec): Promise<Network> {
    return this.context.locks.run('networks', async () => {
      await this.ready();
      return createNetwork(this.context, spec);
    });
  }

  list(): Network[] {
    return this.context.registry.list();
  }

  find(nameOrId: string): Network | undefined {
    return this.context.registry.find(nameOrId);
  }

  warningOf(nameOrId: string): string {
    const record = this.context.registry.get(nameOrId);
    const clash = record.bridgePlan && findClash(record);
    return clash
      ? `the subnet of network ${record.name} overlaps with ${formatCidr(clash.block)} of this host (${clash.interface}), which its containers can't reach: give it another one by --subnet`
      : '';
  }

  get(nameOrId: string): Network {
    return this.context.registry.get(nameOrId);
  }

  remove(nameOrId: string): Promise<void> {
    const { locks, registry } = this.context;
    return locks.run('networks', () => removeNetwork(this.context, registry.get(nameOrId)));
  }

  async prune(filter: (network: Network) => boolean): Promise<string[]> {
    const removed: string[] = [];
    for (const network of this.context.registry.list()) {
      if (network.isPredefined || network.endpoints.size > 0 || !filter(network)) continue;
      await this.remove(network.id);
      removed.push(network.name);
    }
    return removed;
  }

  checkEndpoints(endpoints: readonly EndpointSpec[]): void {
    for (const spec of endpoints) {
      const network = this.context.registry.find(spec.network);
      if (network) checkConfig(network, spec);
    }
  }

  checkEndpoint(endpoint: EndpointSpec): void {
    checkJoining(this.context, endpoint);
  }

  open(spec: SandboxSpec, options: { signal?: AbortSignal } = {}): Promise<Sandbox> {
    return this.onContainer(spec.containerId, async () => {
      await this.ready();
      return openSandbox(this.context, spec, options.signal);
    });
  }

  announce(containerId: string): void {
    for (const endpoint of this.endpointsOf(containerId)) publishEndpoint(this.context, endpoint, 'connect');
  }

  connect(containerId: string, endpoint: EndpointSpec): Promise<Endpoint> {
    return this.onContainer(containerId, () => connectSandbox(this.context, containerId, endpoint));
  }

  disconnect(containerId: string, nameOrId: string): Promise<void> {
    return this.onContainer(containerId, () => disconnectSandbox(this.context, containerId, nameOrId));
  }

  release(containerId: string): Promise<void> {
    return this.onContainer(containerId, () => releaseSandbox(this.context, containerId));
  }

  rename(containerId: string, name: string): void {
    const { sandboxes, registry, store } = this.context;
    const sandbox = sandboxes.get(containerId);
    if (!sandbox) return;
    sandbox.containerName = name;
    sandbox.endpoints = sandbox.endpoints.map(({ endpoint, spec }) => {
      const renamed = renameEndpoint(endpoint, spec, sandbox);
      registry.find(endpoint.networkId)?.addEndpoint(renamed);
      return { endpoint: renamed, spec };
    });
    store.putSandbox(rowOf(sandbox));
  }

  endpointsOf(containerId: string): Endpoint[] {
    return (this.context.sandboxes.get(containerId)?.endpoints ?? []).map(({ endpoint }) => endpoint);
  }

  portsOf(containerId: string): PublishedPort[] {
    const sandbox = this.context.sandboxes.get(containerId);
    return sandbox ? publishedPorts(sandbox) : [];
  }

  unknownNames(containerId: string): string[] {
    return [...(this.context.sandboxes.get(containerId)?.dnsServer?.unknown ?? [])];
  }

  resolvConfOf(containerId: string): string | undefined {
    const sandbox = this.context.sandboxes.get(containerId);
    return sandbox && resolvConf(this.context, sandbox);
  }

  hostResolvConf(dns: DnsSpec): string {
    return hostNetworkResolvConf(dns);
  }

  hostGateways(): readonly string[] {
    const { hostGateways } = this.context;
    if (hostGateways.length > 0) return hostGateways;
    return [this.find('bridge')?.pools[0]?.gateway ?? '127.0.0.1'];
  }

  warnings(): string[] {
    return this.context.firewall.warnings();
  }

  async recover(running: ReadonlyMap<string, { pid: number }>): Promise<void> {
    const recovered = await recoverSandboxes(this.context, running);
    this.warmUp = setTimeout(() => void this.prepare(), WARM_UP).unref();
    this.watch = setInterval(() => void this.check(), this.watchPause).unref();
    if (recovered > 0) await this.ready();
  }

  async close(options: { purge?: boolean } = {}): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.warmUp);
    clearInterval(this.watch);
    const { sandboxes, worker, firewall } = this.context;
    for (const { dnsServer, ports } of sandboxes.values()) {
      dnsServer?.close();
      for (const { listener } of ports) listener.close();
    }
    sandboxes.clear();
    if (options.purge) await firewall.close();
    await worker.close(options.purge ?? false);
  }

  private onContainer<T>(containerId: string, work: () => Promise<T>): Promise<T> {
    return this.context.locks.run(containerId, work);
  }

  /** Table and bridges stand as the records say; what an engine before us left is gone. */
  private ready(): Promise<void> {
    if (!this.synchronized) {
      this.synchronized = synchronize(this.context);
      this.synchronized.catch(() => (this.synchronized = undefined));
    }
    return this.synchronized;
  }

  /** Off the path of the engine's start. */
  private async prepare(): Promise<void> {
    try {
      await this.ready();
      await this.context.firewall.open();
    } catch (error) {
      if (!this.closed)
        this.context.logger.error('The networks could not be prepared', { reason: messageOf(error) });
    }
  }

  private async check(): Promise<void> {
    const { worker, sandboxes, firewall, logger } = this.context;
    if (sandboxes.size === 0 || this.checking) return;
    this.checking = true;
    this.looks += 1;
    try {
      const { moved, rebuilt } = await worker.request('check', undefined);
      if (rebuilt) logger.warn('Something removed our nf_tables rules; they were made again');
      if (moved || this.looks % THOROUGH === 0) await firewall.open();
    } catch (error) {
      if (!this.closed)
        logger.error('Our nf_tables rules could not be checked', { reason: messageOf(error) });
    } finally {
      this.checking = false;
    }
  }
}
