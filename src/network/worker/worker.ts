import { forgetRepliesFrom, forgetUdpTo } from '../../kernel/conntrack.ts';
import { NetlinkSocket } from '../../kernel/netlink.ts';
import { hasCode } from '../../lib/errors.ts';
import { KernelNames } from '../names.ts';
import { addLink, type LinkParts } from './add-link.ts';
import { makeBridge, removeBridge } from './bridges.ts';
import { LeavingLinks } from './leaving-links.ts';
import { setGateway } from './links.ts';
import { Namespace } from './namespace.ts';
import { makeParent, removeParent } from './parents.ts';
import { FIRST_LINK, NamespacePool } from './pool.ts';
import type {
  BridgePlan,
  OpenedNamespace,
  ParentPlan,
  PortRule,
  TableState,
  WorkerRequests,
  WorkerSettings,
} from './protocol.ts';
import { removeLinks } from './remove-links.ts';
import { Table } from './table.ts';

type Argument<Name extends keyof WorkerRequests> = WorkerRequests[Name]['argument'];
type Answer<Name extends keyof WorkerRequests> = WorkerRequests[Name]['answer'];

/**
 * All network calls into the kernel, one after the other, in a thread of their own: some wait for the kernel's network lock,
 * and a thread that enters a namespace must not be one that others share.
 */
export class KernelNetwork {
  private readonly routes = new NetlinkSocket('route');
  private readonly netfilter = new NetlinkSocket('netfilter');
  private readonly names: KernelNames;
  private readonly table: Table;
  private readonly pool: NamespacePool;
  private readonly linkParts: LinkParts;
  private readonly containers = new Map<string, Namespace>();
  private readonly bridges = new Map<string, { plan: BridgePlan; index: number }>();
  private readonly parents = new Map<string, ParentPlan>();
  private readonly ports = new Map<string, PortRule>();
  private readonly leaving = new LeavingLinks(this.routes);

  constructor(settings: WorkerSettings) {
    this.names = new KernelNames(settings.engine);
    this.table = new Table(this.netfilter, this.names);
    this.pool = new NamespacePool(this.routes, this.names, settings.poolSize);
    this.linkParts = {
      routes: this.routes,
      pool: this.pool,
      bridgeIndex: (name) => this.bridges.get(name)?.index,
    };
  }

  async start(): Promise<void> {
    await this.table.ensure();
    this.pool.refill(0);
  }

  async ensureBridge(plan: BridgePlan): Promise<void> {
    const index = makeBridge(this.routes, plan);
    this.bridges.set(plan.name, { plan, index });
    await this.inTable(() => this.table.addBridge(plan));
  }

  async removeBridge(plan: BridgePlan): Promise<void> {
    this.bridges.delete(plan.name);
    if (!plan.foreign) removeBridge(this.routes, plan.name);
    await this.inTable(() => this.table.removeBridge(plan));
  }

  ensureParent(plan: ParentPlan): void {
    makeParent(this.routes, plan, this.names.parentPeer(plan.name));
    this.parents.set(plan.name, plan);
  }

  removeParent(plan: ParentPlan): void {
    this.parents.delete(plan.name);
    if (!plan.foreign) removeParent(this.routes, plan);
  }

  async open(request: Argument<'open'>): Promise<OpenedNamespace> {
    const isUsual = request.links.some((plan) => 'bridge' in plan.on && plan.interface === FIRST_LINK);
    const namespace = isUsual ? this.pool.take() : Namespace.make({ dns: false });
    try {
      for (const plan of request.links) addLink(this.linkParts, namespace, plan, request.gateway);
      namespace.rest();
      await this.publish({ add: request.ports, remove: [], forget: [] });
      this.containers.set(request.container, namespace);
      if (request.dns) return { netns: namespace.fd, dns: namespace.takeDns() };
      namespace.closeDns();
      return { netns: namespace.fd };
    } catch (error) {
      namespace.close();
      throw error;
    }
  }

  attach({ container, link, gateway, earlier, dns }: Argument<'attach'>): Answer<'attach'> {
    const namespace = this.get(container);
    try {
      addLink(this.linkParts, namespace, link, {});
      setGateway(namespace, gateway, earlier);
    } catch (error) {
      namespace.removeLink(link.interface);
      throw error;
    } finally {
      namespace.rest();
    }
    return dns ? { dns: namespace.takeDns() } : {};
  }

  detach({ container, interface: name, gateway }: Argument<'detach'>): void {
    const namespace = this.get(container);
    namespace.removeLink(name);
    try {
      setGateway(namespace, gateway);
    } catch (error) {
      // the link that comes next is down, or no way leads through it: then the container has none, as in Docker
      if (!hasCode(error, 'ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN')) throw error;
    } finally {
      namespace.rest();
    }
  }

  async publish({ add, remove, forget }: Argument<'publish'>): Promise<void> {
    for (const port of remove) this.ports.delete(keyOf(port));
    for (const port of add) this.ports.set(keyOf(port), port);
    await this.inTable(() => this.table.changePorts(add, remove));
    for (const address of forget) forgetRepliesFrom(this.netfilter, address);
    const udp = add.filter(({ protocol }) => protocol === 'udp');
    for (const family of [4, 6] as const) {
      const ports = udp.filter(({ address }) => address.includes(':') === (family === 6));
      if (ports.length > 0) forgetUdpTo(this.netfilter, new Set(ports.map(portOf)), family);
    }
  }

  async release({ container, ports, forget }: Argument<'release'>): Promise<void> {
    const namespace = this.containers.get(container);
    this.containers.delete(container);
    try {
      await this.publish({ add: [], remove: ports, forget });
    } finally {
      if (namespace) this.leaving.leave(namespace);
    }
  }

  adopt({ container, pid, dns, stray, gateway }: Argument<'adopt'>): OpenedNamespace | undefined {
    const namespace = Namespace.of(pid);
    if (!namespace) return undefined;
    this.containers.get(container)?.close();
    this.containers.set(container, namespace);
    for (const name of stray) namespace.removeLink(name);
    if (stray.length > 0) setGateway(namespace, gateway);
    namespace.rest();
    return { netns: namespace.fd, ...(dns && { dns: namespace.takeDns() }) };
  }

  async sync(state: TableState): Promise<void> {
    for (const plan of state.bridges) {
      this.bridges.set(plan.name, { plan, index: makeBridge(this.routes, plan) });
    }
    for (const plan of state.parents) this.parents.set(plan.name, plan);
    this.ports.clear();
    for (const port of state.ports) this.ports.set(keyOf(port), port);
    await this.writeTable();
    this.removeStrays();
  }

  async check(): Promise<Answer<'check'>> {
    if (!this.table.hasMoved()) return { moved: false, rebuilt: false };
    if (this.table.isWhole()) return { moved: true, rebuilt: false };
    await this.writeTable();
    return { moved: true, rebuilt: true };
  }

  close({ purge }: Argument<'close'>): void {
    this.leaving.close();
    this.pool.close();
    for (const namespace of this.containers.values()) namespace.close();
    this.containers.clear();
    if (purge) this.purge();
    this.routes.close();
    this.netfilter.close();
  }

  /** Changes the table; writes it anew when it is not as we left it, because something else has changed or removed it. */
  private async inTable(change: () => void): Promise<void> {
    try {
      change();
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'EEXIST')) throw error;
      await this.writeTable();
    }
  }

  private async writeTable(): Promise<void> {
    await this.table.ensure();
    const bridges = [...this.bridges.values()].map(({ plan }) => plan);
    this.table.write({ bridges, parents: [], ports: [...this.ports.values()] });
  }

  private get(container: string): Namespace {
    const namespace = this.containers.get(container);
    if (!namespace) throw new Error(`No namespace of container ${container}`);
    return namespace;
  }

  /** Removes our links and bridges that nobody has: those of containers that ended while the engine was down. */
  private removeStrays(): void {
    const namespaces = [...this.containers.values()];
    const kept = new Set([
      ...this.pool.links(),
      ...namespaces.flatMap((namespace) => namespace.linkIndexes()),
    ]);
    removeLinks(
      this.routes,
      ({ name, index }) =>
        (this.names.isVeth(name) && !kept.has(index)) ||
        (this.names.isBridge(name) && !this.bridges.has(name)) ||
        (this.names.isParent(name) && !this.isKeptParent(name)),
    );
  }

  private isKeptParent(name: string): boolean {
    return [...this.parents.keys()].some((kept) => kept === name || this.names.parentPeer(kept) === name);
  }

  private purge(): void {
    for (const plan of this.parents.values()) if (!plan.foreign) removeParent(this.routes, plan);
    removeLinks(this.routes, ({ name }) => {
      const bridge = this.bridges.get(name);
      const isNamedSo = this.names.isVeth(name) || this.names.isBridge(name) || this.names.isParent(name);
      return isNamedSo || bridge?.plan.foreign === false;
    });
    this.table.delete();
  }
}

const keyOf = ({ protocol, hostIp, hostPort, address, port, from }: PortRule): string =>
  from === undefined
    ? `${protocol} ${hostIp || (address.includes(':') ? '::' : '0.0.0.0')} ${hostPort}`
    : `${protocol} ${address} ${port} from ${from}`;

const portOf = ({ hostPort }: PortRule): number => hostPort;
