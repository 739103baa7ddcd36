import { closeSync, openSync, writeFileSync } from 'node:fs';
import { inNetns, newNetns } from '../../kernel/netns.ts';
import { NetlinkMessages } from '../../kernel/netlink-message.ts';
import { NetlinkSocket } from '../../kernel/netlink.ts';
import { deleteLink, linkIndex, listLinks, setLink } from '../../kernel/rtnetlink.ts';
import { openBoundSocket } from '../../kernel/socket.ts';
import { hasCode } from '../../lib/errors.ts';
import { DNS_ADDRESS, DNS_PORT, installDnsRewrite } from './dns-rewrite.ts';
import type { DnsDescriptors, LinkPlan } from './protocol.ts';

const LOOPBACK = 1;

/** A container's network namespace: kept alive by its descriptor, and by the processes in it. */
export class Namespace {
  readonly fd: number;
  /** The links that we gave it, by their names inside: the indexes of their other ends, on the host. */
  readonly links = new Map<string, number>();
  /** Links that share an interface of the host: they have no other end. */
  readonly vlanLinks = new Set<string>();
  /** What an adopted namespace says of its links: whoever is privileged in it can make it say anything. */
  private readonly claimed: number[] = [];
  private routes: NetlinkSocket | undefined;
  private dns: DnsDescriptors | undefined;

  private constructor(fd: number, routes?: NetlinkSocket) {
    this.fd = fd;
    this.routes = routes;
  }

  /** A new one: loopback up, DNS sockets open where asked for. */
  static make({ dns }: { dns: boolean }): Namespace {
    const { fd, result: routes } = newNetns(() => new NetlinkSocket('route'));
    const namespace = new Namespace(fd, routes);
    try {
      const up = new NetlinkMessages();
      setLink(up, { index: LOOPBACK, up: true });
      routes.talk(up);
      if (dns) namespace.dns = namespace.openDns();
      return namespace;
    } catch (error) {
      namespace.close();
      throw error;
    }
  }

  /** The one that a process is in; undefined when the process has ended. */
  static of(pid: number): Namespace | undefined {
    try {
      const namespace = new Namespace(openSync(`/proc/${pid}/ns/net`, 'r'));
      namespace.claimed.push(...listLinks(namespace.socket()).map(({ peer }) => peer));
      namespace.rest();
      return namespace;
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined;
      throw error;
    }
  }

  /** A route netlink socket inside; closed by `rest`. */
  socket(): NetlinkSocket {
    return (this.routes ??= inNetns(this.fd, () => new NetlinkSocket('route')));
  }

  /** Closes what only changes need. */
  rest(): void {
    this.routes?.close();
    this.routes = undefined;
  }

  /** Hands the DNS sockets to the caller, who then owns them; opens them where they are not open. */
  takeDns(): DnsDescriptors {
    const taken = this.dns ?? this.openDns();
    this.dns = undefined;
    return taken;
  }

  closeDns(): void {
    if (!this.dns) return;
    closeSync(this.dns.udp);
    closeSync(this.dns.tcp);
    this.dns = undefined;
  }

  /** Lets go of the namespace. The kernel removes it, and its links, when its last process has ended. */
  close(): void {
    this.rest();
    this.closeDns();
    closeSync(this.fd);
  }

  hasLink(name: string): boolean {
    return linkIndex(this.socket(), name) !== undefined;
  }

  /** Takes a link away, with its other end. */
  removeLink(name: string): void {
    this.links.delete(name);
    this.vlanLinks.delete(name);
    const index = linkIndex(this.socket(), name);
    if (index === undefined) return;
    const messages = new NetlinkMessages();
    deleteLink(messages, index);
    this.socket().talk(messages, { tolerate: ['ENODEV'] });
  }

  /** Writes settings of the namespace: files below /proc/sys/net, which show those of the thread that opens them. */
  writeSysctls(sysctls: LinkPlan['sysctls']): void {
    inNetns(this.fd, () => {
      for (const { path, value } of sysctls) writeSysctl(path, value);
    });
  }

  /** Indexes, on the host, of links that may be in use by it. */
  linkIndexes(): number[] {
    return [...this.links.values(), ...this.claimed];
  }

  private openDns(): DnsDescriptors {
    return inNetns(this.fd, () => {
      const netfilter = new NetlinkSocket('netfilter');
      try {
        installDnsRewrite(netfilter);
      } finally {
        netfilter.close();
      }
      return openDnsSockets();
    });
  }
}

function writeSysctl(path: string, value: string): void {
  const file = `/proc/sys/net/${path}`;
  try {
    writeFileSync(file, value);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw new Error(`${file} is not a sysctl file`, { cause: error });
    throw error;
  }
}

function openDnsSockets(): DnsDescriptors {
  const udp = openBoundSocket('udp', DNS_ADDRESS, DNS_PORT);
  try {
    return { udp, tcp: openBoundSocket('tcp', DNS_ADDRESS, DNS_PORT) };
  } catch (error) {
    closeSync(udp);
    throw error;
  }
}
