import { readFileSync, writeFileSync } from 'node:fs';
import type { NetlinkSocket } from '../../kernel/netlink.ts';
import { NetlinkMessages } from '../../kernel/netlink-message.ts';
import { addAddress, addBridge, deleteLink, linkIndex, setLink } from '../../kernel/rtnetlink.ts';
import { speaksIpv6 } from '../bridge-options.ts';
import type { BridgePlan } from './protocol.ts';

/** Docker's, for every bridge. One that the kernel makes could not be used for the first second, and nothing behind it found. */
const LINK_LOCAL = 'fe80::1';

/** Makes a bridge, or checks one that stands; its index. Repeatable: it ends with all settings as planned. */
export function makeBridge(host: NetlinkSocket, plan: BridgePlan): number {
  const index = linkIndex(host, plan.name) ?? addLink(host, plan);
  const messages = new NetlinkMessages();
  if (speaksIpv6(plan.mtu)) setLink(messages, { index, noLinkLocal: true });
  if (plan.ipv4 && !plan.ipv4.hidden) addAddress(messages, { index, ...plan.ipv4 });
  if (plan.ipv6 && !plan.ipv6.hidden) {
    addAddress(messages, { index, ip: LINK_LOCAL, prefix: 64 });
    addAddress(messages, { index, ...plan.ipv6 });
  }
  setLink(messages, { index, up: true });
  host.talk(messages);
  enable(`ipv4/conf/${plan.name}/route_localnet`);
  if (!plan.internal && plan.ipv4) enable('ipv4/ip_forward');
  if (!plan.internal && plan.ipv6) enable('ipv6/conf/all/forwarding');
  return index;
}

export function removeBridge(host: NetlinkSocket, name: string): void {
  const index = linkIndex(host, name);
  if (index === undefined) return;
  const messages = new NetlinkMessages();
  deleteLink(messages, index);
  host.talk(messages, { tolerate: ['ENODEV'] });
}

function addLink(host: NetlinkSocket, plan: BridgePlan): number {
  const messages = new NetlinkMessages();
  addBridge(messages, { name: plan.name, mac: plan.mac, mtu: plan.mtu });
  host.talk(messages);
  const index = linkIndex(host, plan.name);
  if (index === undefined) throw new Error(`The bridge ${plan.name} went away while it was made`);
  return index;
}

/** Sets a switch under /proc/sys/net that is off. */
function enable(name: string): void {
  const path = `/proc/sys/net/${name}`;
  if (readFileSync(path, 'latin1').trim() !== '1') writeFileSync(path, '1');
}
