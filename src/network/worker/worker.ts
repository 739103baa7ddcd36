import { forgetRepliesFrom, forgetUdpTo } from '../../kernel/conntrack.ts';
import { NetlinkSocket } from '../../kernel/netlink.ts';
import { NetlinkMessages } from '../../kernel/netlink-message.ts';
import { deleteLink, linkIndex, listLinks } from '../../kernel/rtnetlink.ts';
import { hasCode, messageOf } from '../../lib/errors.ts';
import { KernelNames } from '../names.ts';
import { makeBridge, removeBridge } from './bridges.ts';
import { configure, cutOff, makeVlanLink, plug, setGateway } from './links.ts';
import { Namespace } from './namespace.ts';
import { makeParent, removeParent } from './parents.ts';
import { FIRST_LINK, NamespacePool } from './pool.ts';
import type {
  BridgePlan,
  BridgePort,
  GatewayPlan,
  LinkPlan,
  OpenedNamespace,
  ParentPlan,
  PortRule,
  TableState,
  VlanPort,
  WorkerRequests,
  WorkerSettings,
} from './protocol.ts';
import { Table } from './table.ts';

type Argument<Name extends keyof WorkerRequests> = WorkerRequests[Name]['argument'];
type Answer<Name extends keyof WorkerRequests> = WorkerRequests[Name]['answer'];

/** How long after its release a namespace may still have a process, before its link is taken away by force. */
const LINGER = 2000;

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
  private readonly containers = new Map<string, Namespace>();
  private readonly bridges = new Map<string, { plan: BridgePlan; index: number }>();
  private readonly parents = new Map<string, ParentPlan>();
  private readonly ports = new Map<string, PortRule>();
  /** Links of released namespaces. */
  private readonly leaving = new Set<number>();
  private leaveTimer: NodeJS.Timeout | undefined;

  constructor(settings: WorkerSettings) {
    this.names = new KernelNames(settings.engine);
    this.table = new Table(this.netfilter, this.names);
    this.pool = new NamespacePool(this.routes, this.names, settings.poolSize);
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
      for (const plan of request.links) this.addLink(namespace, plan, request.gateway);
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

  attach({ container, link, gateway, dns }: Argument<'attach'>): Answer<'attach'> {
    const namespace = this.get(container);
    try {
      this.addLink(namespace, link, {});
      setGateway(namespace, gateway);
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
    setGateway(namespace, gateway);
    namespace.rest();
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
      if (namespace) this.leave(namespace);
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
    clearTimeout(this.leaveTimer);
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

  private addLink(namespace: Namespace, plan: LinkPlan, gateway: GatewayPlan): void {
    if ('bridge' in plan.on) this.addPort(namespace, plan.interface, plan.on, plan.mtu ?? 0);
    else this.addVlanLink(namespace, plan.interface, plan.on);
    configure(namespace, plan, gateway);
  }

  private addPort(namespace: Namespace, name: string, on: BridgePort, mtu: number): void {
    const bridge = this.bridges.get(on.bridge);
    if (!bridge) throw new Error(`No bridge ${on.bridge}`);
    if (!namespace.links.has(name)) this.giveLink(namespace, name);
    const index = namespace.links.get(name) ?? 0;
    plug(this.routes, index, { bridge: bridge.index, mtu, isolated: on.isolated });
  }

  private giveLink(namespace: Namespace, name: string): void {
    try {
      this.pool.link(namespace, name);
    } catch (error) {
      throw new Error(namingFailure(name, error), { cause: error });
    }
  }

  private addVlanLink(namespace: Namespace, name: string, on: VlanPort): void {
    const parentIndex = linkIndex(this.routes, on.parent);
    if (parentIndex === undefined)
      throw new Error(`the requested parent interface ${on.parent} was not found on the host`);
    try {
      makeVlanLink(this.routes, namespace, { ...on, parentIndex }, name);
      namespace.vlanLinks.add(name);
    } catch (error) {
      throw new Error(portFailure(on, error), { cause: error });
    }
  }

  /**
   * The kernel removes a namespace behind our back when its last process has ended. One that lives on is cut off, as others may
   * get its address; links that stay longer are taken away.
   */
  private leave(namespace: Namespace): void {
    const links = [...namespace.links.values()];
    for (const link of links) this.leaving.add(link);
    try {
      cutOff(this.routes, links);
      for (const name of namespace.vlanLinks) namespace.removeLink(name);
    } finally {
      namespace.close();
    }
    clearTimeout(this.leaveTimer);
    this.leaveTimer = setTimeout(() => this.removeLeaving(), LINGER);
  }

  private removeLeaving(): void {
    const links = [...this.leaving];
    this.leaving.clear();
    try {
      for (const index of links) this.removeLink(index);
    } catch {
      // not worth the thread: a link that nobody has is found again when the engine starts next
    }
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
    this.removeLinks(
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

    this.removeLinks(({ name }) => {
      const bridge = this.bridges.get(name);
      const isNamedSo = this.names.isVeth(name) || this.names.isBridge(name) || this.names.isParent(name);
      return isNamedSo || bridge?.plan.foreign === false;
    });
    this.table.delete();
  }

  private removeLinks(matches: (link: { name: string; index: number }) => boolean): void {
    for (const { index } of listLinks(this.routes).filter(matches)) this.removeLink(index);
  }

  private removeLink(index: number): void {
    const messages = new NetlinkMessages();
    deleteLink(messages, index);
    this.routes.talk(messages, { tolerate: ['ENODEV'] });
  }
}

const keyOf = ({ protocol, hostIp, hostPort, address, port, from }: PortRule): string =>
  from === undefined
    ? `${protocol} ${hostIp || (address.includes(':') ? '::' : '0.0.0.0')} ${hostPort}`
    : `${protocol} ${address} ${port} from ${from}`;

/** In Docker's words. */
function namingFailure(name: string, error: unknown): string {
  const what = `failed to add interface to sandbox: error renaming interface to ${JSON.stringify(name)}`;
  if (hasCode(error, 'EEXIST')) return `${what}: file exists`;
  if (hasCode(error, 'EINVAL')) return `${what}: invalid argument`;
  if (hasCode(error, 'ERANGE')) return `${what}: numerical result out of range`;
  return messageOf(error);
}

/** In Docker's words; what the kernel means, too. */
function portFailure({ driver, parent }: VlanPort, error: unknown): string {
  const what = `failed to create the ${driver} port`;
  return hasCode(error, 'EBUSY', 'EINVAL')
    ? `${what}: device or resource busy: ${parent} is in a bridge, or has links of another driver or mode (passthru takes one alone); use another parent`
    : `${what}: ${messageOf(error)}`;
}

const portOf = ({ hostPort }: PortRule): number => hostPort;
