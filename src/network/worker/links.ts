import { readFileSync } from 'node:fs';
import type { NetlinkSocket } from '../../kernel/netlink.ts';
import { NetlinkMessages } from '../../kernel/netlink-message.ts';
import {
  addAddress,
  addVeth,
  deleteDefaultRoute,
  linkIndex,
  setBridgePort,
  setDefaultRoute,
  setLink,
} from '../../kernel/rtnetlink.ts';
import { bytesOf, cidrOf, lastOf, parseAddress } from '../../lib/ip-address.ts';
import type { AddressPlan, GatewayPlan, LinkPlan } from './protocol.ts';
import type { Namespace } from './namespace.ts';

/** Makes a pair of links, both down: `name` on the host, whose index is returned, and `inside` in the namespace. */
export function makeVeth(host: NetlinkSocket, namespace: Namespace, name: string, inside: string): number {
  const messages = new NetlinkMessages();
  addVeth(messages, { name, peer: inside, peerNetns: namespace.fd });
  setLink(messages, { index: 0, name, noLinkLocal: true });
  host.talk(messages);
  const index = linkIndex(host, name);
  if (index === undefined) throw new Error(`The link ${name} went away while it was made`);
  return index;
}

/** Makes the host's end of a pair a port of a bridge, and up. */
export function plug(
  host: NetlinkSocket,
  index: number,
  port: { bridge: number; mtu: number; isolated: boolean },
): void {
  const messages = new NetlinkMessages();
  setLink(messages, { index, master: port.bridge, mtu: port.mtu, up: true });
  const hairpin = bridgesAreFiltered();
  if (port.isolated || hairpin) setBridgePort(messages, index, { hairpin, isolated: port.isolated });
  host.talk(messages);
}

/** Cuts links off from their bridges. Fast, unlike removing them: that waits for all processors. */
export function cutOff(host: NetlinkSocket, indexes: Iterable<number>): void {
  const messages = new NetlinkMessages();
  for (const index of indexes) setBridgePort(messages, index, { disabled: true });
  if (messages.first !== 0) host.talk(messages, { tolerate: ['ENODEV'] });
}

/** The container's half of a link: hardware address, addresses, up. With default routes in the same round trip. */
export function configure(namespace: Namespace, plan: LinkPlan, gateway: GatewayPlan | undefined): void {
  const socket = namespace.socket();
  const index = linkIndex(socket, plan.interface);
  if (index === undefined) throw new Error(`No link ${plan.interface} in the container's namespace`);
  const messages = new NetlinkMessages();
  setLink(messages, { index, mac: plan.mac, mtu: plan.mtu, noLinkLocal: true });
  setLink(messages, { index, up: true });
  addAddress(messages, { index, ...plan.ipv4, broadcast: broadcastOf(plan.ipv4) });
  if (plan.ipv6) {
    addAddress(messages, { index, ip: linkLocalOf(plan.mac), prefix: 64 });
    addAddress(messages, { index, ...plan.ipv6 });
  }
  if (gateway?.interface === plan.interface) addDefaultRoutes(messages, index, gateway);
  socket.talk(messages);
}

/** Makes the default routes of a running container as planned. */
export function setGateway(namespace: Namespace, gateway: GatewayPlan | undefined): void {
  const socket = namespace.socket();
  const index = gateway && linkIndex(socket, gateway.interface);
  const remove = new NetlinkMessages();
  if (!gateway?.ipv4) deleteDefaultRoute(remove, 4);
  if (!gateway?.ipv6) deleteDefaultRoute(remove, 6);
  if (remove.first !== 0) socket.talk(remove, { tolerate: ['ESRCH', 'EAFNOSUPPORT'] });
  const messages = new NetlinkMessages();
  if (gateway && index !== undefined) addDefaultRoutes(messages, index, gateway);
  if (messages.first !== 0) socket.talk(messages);
}

function addDefaultRoutes(messages: NetlinkMessages, index: number, gateway: GatewayPlan): void {
  if (gateway.ipv4) setDefaultRoute(messages, { index, gateway: gateway.ipv4 });
  if (gateway.ipv6) setDefaultRoute(messages, { index, gateway: gateway.ipv6 });
}

/** The address that the kernel would make of it (RFC 4291, appendix A), in use at once. */
function linkLocalOf(mac: string): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(':').map((byte) => parseInt(byte, 16));
  const words = [((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f];
  return `fe80::${words.map((word) => word.toString(16)).join(':')}`;
}

function broadcastOf({ ip, prefix }: AddressPlan): string {
  const address = parseAddress(ip);
  if (!address) throw new TypeError(`Not an IP address: ${ip}`);
  return bytesOf({ family: 4, value: lastOf(cidrOf(address, prefix)) }).join('.');
}

/** With br_netfilter a container that reaches itself through a published port needs its packets back at the port they came from. */
function bridgesAreFiltered(): boolean {
  try {
    return readFileSync('/proc/sys/net/bridge/bridge-nf-call-iptables', 'latin1').startsWith('1');
  } catch {
    return false;
  }
}
