import { readFileSync } from 'node:fs';
import type { NetlinkSocket } from '../../kernel/netlink.ts';
import { NetlinkMessages } from '../../kernel/netlink-message.ts';
import {
  addAddress,
  addSubLink,
  addVeth,
  deleteDefaultRoute,
  linkIndex,
  setBridgePort,
  setDefaultRoute,
  setLink,
} from '../../kernel/rtnetlink.ts';
import { hasCode } from '../../lib/errors.ts';
import { bytesOf, cidrOf, lastOf, parseAddress } from '../../lib/ip-address.ts';
import { speaksIpv6 } from '../bridge-options.ts';
import type { Namespace } from './namespace.ts';
import type { AddressPlan, GatewayPlan, LinkPlan, RoutePlan, VlanPort } from './protocol.ts';
import { vlanKind } from './parents.ts';

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

/** Makes a link in the namespace that shares an interface of the host, down. */
export function makeVlanLink(
  host: NetlinkSocket,
  namespace: Namespace,
  port: VlanPort & { parentIndex: number },
  inside: string,
): void {
  const messages = new NetlinkMessages();
  const kind = vlanKind(port);
  addSubLink(messages, { name: inside, parent: port.parentIndex, netns: namespace.fd, kind });
  host.talk(messages);
}

/** The container's half of a link: hardware address, addresses, up. With default routes in the same round trip. */
export function configure(namespace: Namespace, plan: LinkPlan, gateway: GatewayPlan): void {
  const socket = namespace.socket();
  const index = linkIndex(socket, plan.interface);
  if (index === undefined) throw new Error(`No link ${plan.interface} in the container's namespace`);
  const messages = new NetlinkMessages();
  const { mac, mtu } = plan;
  setLink(messages, {
    index,
    ...(mac && { mac }),
    ...(mtu && { mtu }),
    ...(speaksIpv6(mtu) && { noLinkLocal: true }),
  });
  setLink(messages, { index, up: true });
  if (plan.ipv4) addAddress(messages, { index, ...plan.ipv4, ...broadcastOf(plan.ipv4) });
  if (plan.ipv6) {
    const own = mac ? [{ ip: linkLocalOf(mac), prefix: 64 }] : [];
    for (const address of [...own, plan.ipv6]) addAddress(messages, { index, ...address });
  }
  for (const address of plan.linkLocal) addAddress(messages, { index, ...address, ...broadcastOf(address) });
  addDefaultRoutes(messages, index, ownRoutes(gateway, plan.interface));
  socket.talk(messages);
  if (plan.sysctls.length > 0) namespace.writeSysctls(plan.sysctls);
}

/** Makes the default routes of a running container as planned. Routes that it has in place of `earlier` ones of ours are its own, and stay. */
export function setGateway(
  namespace: Namespace,
  gateway: GatewayPlan,
  earlier: GatewayPlan = routesOfAll,
): void {
  const socket = namespace.socket();
  const remove = new NetlinkMessages();
  if (!gateway.ipv4 && earlier.ipv4) deleteDefaultRoute(remove, 4);
  if (!gateway.ipv6 && earlier.ipv6) deleteDefaultRoute(remove, 6);
  if (remove.first !== 0) socket.talk(remove, { tolerate: ['ESRCH', 'EAFNOSUPPORT'] });
  const messages = new NetlinkMessages();
  for (const name of new Set([gateway.ipv4?.interface, gateway.ipv6?.interface])) {
    const index = name === undefined ? undefined : linkIndex(socket, name);
    if (name !== undefined && index !== undefined)
      addDefaultRoutes(messages, index, ownRoutes(gateway, name), earlier);
  }
  try {
    if (messages.first !== 0) socket.talk(messages);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    throw new Error('failed to set gateway: file exists: the container has a default route of its own', {
      cause: error,
    });
  }
}

/** All default routes are ours, and may be replaced. */
const routesOfAll: GatewayPlan = { ipv4: { interface: '' }, ipv6: { interface: '' } };

/** The routes that go through one interface. */
function ownRoutes({ ipv4, ipv6 }: GatewayPlan, name: string): GatewayPlan {
  return {
    ...(ipv4?.interface === name && { ipv4 }),
    ...(ipv6?.interface === name && { ipv6 }),
  };
}

function addDefaultRoutes(
  messages: NetlinkMessages,
  index: number,
  { ipv4, ipv6 }: GatewayPlan,
  earlier = routesOfAll,
): void {
  const route = (family: 4 | 6, plan: RoutePlan) =>
    setDefaultRoute(messages, {
      index,
      family,
      ...optionalGateway(plan),
      replace: earlier[`ipv${family}`] !== undefined,
    });
  if (ipv4) route(4, ipv4);
  if (ipv6) route(6, ipv6);
}

const optionalGateway = ({ gateway }: RoutePlan): { gateway?: string } =>
  gateway === undefined ? {} : { gateway };

/** The address that the kernel would make of it (RFC 4291, appendix A), in use at once. */
function linkLocalOf(mac: string): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(':').map((byte) => parseInt(byte, 16));
  const words = [((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f];
  return `fe80::${words.map((word) => word.toString(16)).join(':')}`;
}

/** Blocks of one or two addresses have none. */
function broadcastOf({ ip, prefix }: AddressPlan): { broadcast?: string } {
  const address = parseAddress(ip);
  if (!address) throw new TypeError(`Not an IP address: ${ip}`);
  if (address.family === 6 || prefix > 30) return {};
  return { broadcast: bytesOf({ family: 4, value: lastOf(cidrOf(address, prefix)) }).join('.') };
}

/** With br_netfilter a container that reaches itself through a published port needs its packets back at the port they came from. */
function bridgesAreFiltered(): boolean {
  try {
    return readFileSync('/proc/sys/net/bridge/bridge-nf-call-iptables', 'latin1').startsWith('1');
  } catch {
    return false;
  }
}
