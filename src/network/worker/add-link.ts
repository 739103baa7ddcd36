import type { NetlinkSocket } from '../../kernel/netlink.ts';
import { linkIndex } from '../../kernel/rtnetlink.ts';
import { hasCode, messageOf } from '../../lib/errors.ts';
import { configure, makeVlanLink, plug } from './links.ts';
import type { Namespace } from './namespace.ts';
import type { NamespacePool } from './pool.ts';
import type { BridgePort, GatewayPlan, LinkPlan, VlanPort } from './protocol.ts';

/** What links are made of. */
export interface LinkParts {
  readonly routes: NetlinkSocket;
  readonly pool: NamespacePool;
  /** Index of a bridge's interface by its name. */
  bridgeIndex(name: string): number | undefined;
}

/** Gives a namespace a link in a network. It is the current one of the thread afterwards. */
export function addLink(parts: LinkParts, namespace: Namespace, plan: LinkPlan, gateway: GatewayPlan): void {
  if ('bridge' in plan.on) addPort(parts, namespace, plan.interface, plan.on, plan.mtu ?? 0);
  else addVlanLink(parts.routes, namespace, plan.interface, plan.on);
  configure(namespace, plan, gateway);
}

function addPort(parts: LinkParts, namespace: Namespace, name: string, on: BridgePort, mtu: number): void {
  const bridge = parts.bridgeIndex(on.bridge);
  if (bridge === undefined) throw new Error(`No bridge ${on.bridge}`);
  if (!namespace.links.has(name)) giveLink(parts.pool, namespace, name);
  const index = namespace.links.get(name) ?? 0;
  plug(parts.routes, index, { bridge, mtu, isolated: on.isolated });
}

function giveLink(pool: NamespacePool, namespace: Namespace, name: string): void {
  try {
    pool.link(namespace, name);
  } catch (error) {
    throw new Error(namingFailure(name, error), { cause: error });
  }
}

function addVlanLink(routes: NetlinkSocket, namespace: Namespace, name: string, on: VlanPort): void {
  const parentIndex = linkIndex(routes, on.parent);
  if (parentIndex === undefined)
    throw new Error(`the requested parent interface ${on.parent} was not found on the host`);
  try {
    makeVlanLink(routes, namespace, { ...on, parentIndex }, name);
    namespace.vlanLinks.add(name);
  } catch (error) {
    throw new Error(portFailure(on, error), { cause: error });
  }
}

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
