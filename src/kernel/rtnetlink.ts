import { addressBytes } from '../lib/ip-address.ts';
import type { NetlinkSocket } from './netlink.ts';
import { NetlinkMessages, NLM_F, parseAttributes } from './netlink-message.ts';

/* Messages of rtnetlink(7): each function appends one to a batch, which NetlinkSocket.talk sends. */

const RTM = {
  NEWLINK: 16,
  DELLINK: 17,
  GETLINK: 18,
  SETLINK: 19,
  NEWADDR: 20,
  NEWROUTE: 24,
  DELROUTE: 25,
} as const;
const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  PROTINFO: 12,
  LINKINFO: 18,
  AF_SPEC: 26,
  NET_NS_FD: 28,
} as const;
const INFO = { KIND: 1, DATA: 2 } as const;
const VETH_INFO_PEER = 1;
const BRIDGE = { FORWARD_DELAY: 1, STP_STATE: 5, MCAST_SNOOPING: 23 } as const;
const PORT = { STATE: 1, HAIRPIN: 4, FLUSH: 24, ISOLATED: 33 } as const;
const STATE_DISABLED = 0;
const ADDR_GEN_MODE = 8;
const ADDR_GEN_NONE = 1;
const IFF_UP = 1;
const IFF_NOARP = 0x80;
const AF = { UNSPEC: 0, INET: 2, INET6: 10, BRIDGE: 7 } as const;
const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4 } as const;
const IFA_F_NODAD = 2;
const RTA = { OIF: 4, GATEWAY: 5 } as const;
const ROUTE = {
  TABLE_MAIN: 254,
  PROTO_BOOT: 3,
  SCOPE_UNIVERSE: 0,
  SCOPE_LINK: 253,
  UNICAST: 1,
  SCOPE_NOWHERE: 255,
} as const;

export interface LinkChange {
  /** The link, by name when `index` is 0. */
  readonly index: number;
  readonly name?: string;
  readonly up?: boolean;
  /** Index of the bridge; 0 takes it out. */
  readonly master?: number;
  readonly mac?: string;
  readonly mtu?: number;
  /** Give it no IPv6 link-local address by itself: no duplicate address detection, no chatter. Only for links that exist. */
  readonly noLinkLocal?: true;
}

export function setLink(to: NetlinkMessages, change: LinkChange): void {
  to.begin(RTM.NEWLINK);
  interfaceInfo(to, change.index, change.up);
  if (change.name !== undefined) to.attrString(IFLA.IFNAME, change.name);
  if (change.master !== undefined) to.attr32(IFLA.MASTER, change.master);
  if (change.mac !== undefined) to.attr(IFLA.ADDRESS, macBytes(change.mac));
  if (change.mtu !== undefined) to.attr32(IFLA.MTU, change.mtu);
  if (change.noLinkLocal) noLinkLocal(to);
}

export interface Veth {
  readonly name: string;
  readonly peer: string;
  /** Namespace of the peer. */
  readonly peerNetns: number;
  readonly peerMac?: string;
  readonly mtu?: number;
}

/** A pair of links, both down: one end here, the other in a namespace. `noLinkLocal` can only be set afterwards. */
export function addVeth(to: NetlinkMessages, veth: Veth): void {
  to.begin(RTM.NEWLINK, NLM_F.CREATE | NLM_F.EXCL);
  interfaceInfo(to, 0);
  to.attrString(IFLA.IFNAME, veth.name);
  if (veth.mtu) to.attr32(IFLA.MTU, veth.mtu);
  linkInfo(to, 'veth', () => {
    to.nest(VETH_INFO_PEER, () => {
      interfaceInfo(to, 0);
      to.attrString(IFLA.IFNAME, veth.peer);
      to.attr32(IFLA.NET_NS_FD, veth.peerNetns);
      if (veth.mtu) to.attr32(IFLA.MTU, veth.mtu);
      if (veth.peerMac) to.attr(IFLA.ADDRESS, macBytes(veth.peerMac));
    });
  });
}

/** What a link on top of another one is, with the driver's own settings: numbers by attribute, of one, two or four bytes. */
export interface LinkKind {
  readonly name: 'macvlan' | 'ipvlan' | 'vlan';
  readonly data: readonly { readonly attribute: number; readonly value: number; readonly bytes: 2 | 4 }[];
}

/** A link on top of `parent`, down; in the namespace `netns`, or here. */
export function addSubLink(
  to: NetlinkMessages,
  link: { name: string; parent: number; kind: LinkKind; netns?: number },
): void {
  to.begin(RTM.NEWLINK, NLM_F.CREATE | NLM_F.EXCL);
  interfaceInfo(to, 0);
  to.attrString(IFLA.IFNAME, link.name).attr32(IFLA.LINK, link.parent);
  if (link.netns !== undefined) to.attr32(IFLA.NET_NS_FD, link.netns);
  linkInfo(to, link.kind.name, () => {
    for (const { attribute, value, bytes } of link.kind.data) {
      if (bytes === 2) to.attr16(attribute, value);
      else to.attr32(attribute, value);
    }
  });
}

/** A link that swallows everything, down. EOPNOTSUPP where the kernel lacks it. */
export function addDummy(to: NetlinkMessages, name: string): void {
  to.begin(RTM.NEWLINK, NLM_F.CREATE | NLM_F.EXCL);
  interfaceInfo(to, 0);
  to.attrString(IFLA.IFNAME, name);
  linkInfo(to, 'dummy', () => {});
}

/** A pair of links here, both down; the peer answers no questions for addresses. */
export function addDeafPair(to: NetlinkMessages, name: string, peer: string): void {
  to.begin(RTM.NEWLINK, NLM_F.CREATE | NLM_F.EXCL);
  interfaceInfo(to, 0);
  to.attrString(IFLA.IFNAME, name);
  linkInfo(to, 'veth', () => {
    to.nest(VETH_INFO_PEER, () => {
      to.raw(AF.UNSPEC, 0, 0, 0).u32(0).u32(IFF_NOARP).u32(IFF_NOARP);
      to.attrString(IFLA.IFNAME, peer);
    });
  });
}

/** Whether the kernel has a driver for links of this kind, or can load it: it refuses a link without its parent then, not the kind. */
export function hasLinkKind(socket: NetlinkSocket, kind: LinkKind['name']): boolean {
  const messages = new NetlinkMessages().begin(RTM.NEWLINK, NLM_F.CREATE | NLM_F.EXCL);
  interfaceInfo(messages, 0);
  linkInfo(messages, kind, () => {});
  try {
    socket.talk(messages);
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'EOPNOTSUPP');
  }
  return true;
}

/** A bridge that forwards at once: no spanning tree, no forward delay, no multicast snooping. It is down. */
export function addBridge(to: NetlinkMessages, bridge: { name: string; mac: string; mtu?: number }): void {
  to.begin(RTM.NEWLINK, NLM_F.CREATE | NLM_F.EXCL);
  interfaceInfo(to, 0);
  to.attrString(IFLA.IFNAME, bridge.name);
  to.attr(IFLA.ADDRESS, macBytes(bridge.mac));
  if (bridge.mtu) to.attr32(IFLA.MTU, bridge.mtu);
  linkInfo(to, 'bridge', () => {
    to.attr32(BRIDGE.STP_STATE, 0);
    to.attr32(BRIDGE.FORWARD_DELAY, 0);
    to.attr8(BRIDGE.MCAST_SNOOPING, 0);
  });
}

/** Settings of a link as a port of its bridge; those not given stay. `disabled`: nothing passes, and its addresses are forgotten, at once. */
export function setBridgePort(
  to: NetlinkMessages,
  index: number,
  port: { hairpin?: boolean; isolated?: boolean; disabled?: true },
): void {
  to.begin(RTM.SETLINK).raw(AF.BRIDGE, 0, 0, 0).u32(index).u32(0).u32(0);
  to.nest(IFLA.PROTINFO, () => {
    if (port.hairpin !== undefined) to.attr8(PORT.HAIRPIN, Number(port.hairpin));
    if (port.isolated !== undefined) to.attr8(PORT.ISOLATED, Number(port.isolated));
    if (port.disabled) to.attr8(PORT.STATE, STATE_DISABLED).attr(PORT.FLUSH, Buffer.alloc(0));
  });
}

export function deleteLink(to: NetlinkMessages, index: number): void {
  to.begin(RTM.DELLINK);
  interfaceInfo(to, index);
}

/** Adds an address, without duplicate address detection. */
export function addAddress(
  to: NetlinkMessages,
  address: { index: number; ip: string; prefix: number; broadcast?: string },
): void {
  const ip = addressBytes(address.ip);
  to.begin(RTM.NEWADDR, NLM_F.CREATE | NLM_F.REPLACE);
  to.raw(familyOf(ip), address.prefix, ip.length === 16 ? IFA_F_NODAD : 0, 0).u32(address.index);
  to.attr(IFA.LOCAL, ip).attr(IFA.ADDRESS, ip);
  if (address.broadcast) to.attr(IFA.BROADCAST, addressBytes(address.broadcast));
}

/** Makes a gateway, or without one the link itself, the default way of its family, in place of one that stands. */
export function setDefaultRoute(
  to: NetlinkMessages,
  route: { index: number; family: 4 | 6; gateway?: string; replace: boolean },
): void {
  to.begin(RTM.NEWROUTE, NLM_F.CREATE | (route.replace ? NLM_F.REPLACE : NLM_F.EXCL));
  const scope = route.gateway === undefined ? ROUTE.SCOPE_LINK : ROUTE.SCOPE_UNIVERSE;
  routeInfo(to, route.family === 4 ? AF.INET : AF.INET6, scope);
  if (route.gateway !== undefined) to.attr(RTA.GATEWAY, addressBytes(route.gateway));
  to.attr32(RTA.OIF, route.index);
}

/** Removes the default route of a family; ESRCH when there is none. */
export function deleteDefaultRoute(to: NetlinkMessages, family: 4 | 6): void {
  to.begin(RTM.DELROUTE);
  routeInfo(to, family === 4 ? AF.INET : AF.INET6, ROUTE.SCOPE_NOWHERE);
}

/** Index of a link by name; undefined when there is none. */
export function linkIndex(socket: NetlinkSocket, name: string): number | undefined {
  try {
    const question = new NetlinkMessages().begin(RTM.GETLINK);
    interfaceInfo(question, 0);
    return socket.ask(question.attrString(IFLA.IFNAME, name)).readInt32LE(4);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENODEV') return undefined;
    throw error;
  }
}

export interface LinkInfo {
  readonly index: number;
  readonly name: string;
  /** Index of the bridge that it is a port of; 0 = none. */
  readonly master: number;
  /** Index of the other end of a veth, in the other namespace; 0 = it has none. */
  readonly peer: number;
}

export function listLinks(socket: NetlinkSocket): LinkInfo[] {
  const question = new NetlinkMessages().begin(RTM.GETLINK, NLM_F.DUMP);
  interfaceInfo(question, 0);
  return socket.dump(question).map((reply) => {
    const attributes = parseAttributes(reply, 16);
    const name = attributes.get(IFLA.IFNAME)?.toString('utf8').replace(/\0.*$/, '') ?? '';
    return {
      index: reply.readInt32LE(4),
      name,
      master: attributes.get(IFLA.MASTER)?.readUInt32LE() ?? 0,
      peer: attributes.get(IFLA.LINK)?.readUInt32LE() ?? 0,
    };
  });
}

/** struct ifinfomsg. */
function interfaceInfo(to: NetlinkMessages, index: number, up?: boolean): void {
  to.raw(AF.UNSPEC, 0, 0, 0).u32(index);
  to.u32(up ? IFF_UP : 0).u32(up === undefined ? 0 : IFF_UP);
}

/** struct rtmsg for a default route of the main table. */
function routeInfo(to: NetlinkMessages, family: number, scope: number): void {
  to.raw(family, 0, 0, 0, ROUTE.TABLE_MAIN, ROUTE.PROTO_BOOT, scope, ROUTE.UNICAST).u32(0);
}

function linkInfo(to: NetlinkMessages, kind: string, data: () => void): void {
  to.nest(IFLA.LINKINFO, () => {
    to.attrString(INFO.KIND, kind);
    to.nest(INFO.DATA, data);
  });
}

function noLinkLocal(to: NetlinkMessages): void {
  to.nest(IFLA.AF_SPEC, () => {
    to.nest(AF.INET6, () => {
      to.attr8(ADDR_GEN_MODE, ADDR_GEN_NONE);
    });
  });
}

const familyOf = (ip: Buffer): number => (ip.length === 4 ? AF.INET : AF.INET6);

function macBytes(mac: string): Buffer {
  return Buffer.from(mac.split(':').map((byte) => parseInt(byte, 16)));
}
