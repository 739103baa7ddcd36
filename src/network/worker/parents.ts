import type { NetlinkSocket } from '../../kernel/netlink.ts';
import { NetlinkMessages } from '../../kernel/netlink-message.ts';
import {
  addDeafPair,
  addDummy,
  addSubLink,
  deleteLink,
  hasLinkKind,
  linkIndex,
  type LinkKind,
  setLink,
} from '../../kernel/rtnetlink.ts';
import { hasCode, internal, messageOf } from '../../lib/errors.ts';
import { parseVlanName } from '../vlan-options.ts';
import type { ParentPlan, VlanPort } from './protocol.ts';

/* if_link.h */
const macvlanModes: Readonly<Record<string, number>> = { private: 1, vepa: 2, bridge: 4, passthru: 8 };
const ipvlanModes: Readonly<Record<string, number>> = { l2: 0, l3: 1, l3s: 2 };
const ipvlanFlags: Readonly<Record<string, number>> = { bridge: 0, private: 1, vepa: 2 };
const MACVLAN_MODE = 1;
const IPVLAN = { MODE: 1, FLAGS: 2 } as const;
const VLAN_ID = 1;

/** A container's link of the drivers `macvlan` and `ipvlan`. */
export function vlanKind({ driver, mode, flag }: VlanPort): LinkKind {
  if (driver === 'macvlan')
    return { name: driver, data: [{ attribute: MACVLAN_MODE, value: macvlanModes[mode] ?? 4, bytes: 4 }] };
  return {
    name: driver,
    data: [
      { attribute: IPVLAN.MODE, value: ipvlanModes[mode] ?? 0, bytes: 2 },
      { attribute: IPVLAN.FLAGS, value: ipvlanFlags[flag] ?? 0, bytes: 2 },
    ],
  };
}

/** Makes the interface that links are on unless it stands: a tagged one on another, or one that leads nowhere. */
export function makeParent(host: NetlinkSocket, plan: ParentPlan, peer: string): void {
  if (!hasLinkKind(host, plan.driver)) throw missing(plan.driver, `the network driver ${plan.driver}`);
  if (linkIndex(host, plan.name) !== undefined) return;
  if (plan.isolated) makeIsolated(host, plan.name, peer);
  else makeTagged(host, plan.name);
}

export function removeParent(host: NetlinkSocket, { name }: ParentPlan): void {
  const index = linkIndex(host, name);
  if (index === undefined) return;
  const messages = new NetlinkMessages();
  deleteLink(messages, index);
  host.talk(messages, { tolerate: ['ENODEV'] });
}

/** Where the kernel has no dummy, a pair whose other end hears nothing: `ruleset.ts` drops what comes from there. */
function makeIsolated(host: NetlinkSocket, name: string, peer: string): void {
  try {
    talk(host, (to) => addDummy(to, name));
  } catch (error) {
    if (!hasCode(error, 'EOPNOTSUPP')) throw error;
    talk(host, (to) => addDeafPair(to, name, peer));
    raise(host, peer);
  }
  raise(host, name);
}

function makeTagged(host: NetlinkSocket, name: string): void {
  const { parent, tag } = parseVlanName(name);
  const index = linkIndex(host, parent);
  if (index === undefined) throw internal(`-o parent interface was not found on the host: ${parent}`);
  const kind: LinkKind = { name: 'vlan', data: [{ attribute: VLAN_ID, value: tag, bytes: 2 }] };
  try {
    talk(host, (to) => addSubLink(to, { name, parent: index, kind }));
  } catch (error) {
    const what = `failed to create ${name} vlan link`;
    if (hasCode(error, 'EOPNOTSUPP')) throw missing('8021q', what, error);
    throw internal(`${what}: ${messageOf(error)}`, error);
  }
  raise(host, name);
}

/** In Docker's words, and what to do. */
function missing(module: string, what: string, cause?: unknown): Error {
  return internal(
    `${what}: operation not supported: this kernel has no module ${module}; load it with "modprobe ${module}", or install a kernel that has it`,
    cause,
  );
}

function raise(host: NetlinkSocket, name: string): void {
  const index = linkIndex(host, name);
  if (index === undefined) throw new Error(`The link ${name} went away while it was made`);
  talk(host, (to) => setLink(to, { index, noLinkLocal: true, up: true }));
}

function talk(host: NetlinkSocket, fill: (to: NetlinkMessages) => void): void {
  const messages = new NetlinkMessages();
  fill(messages);
  host.talk(messages);
}
