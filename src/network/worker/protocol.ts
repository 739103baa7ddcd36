import type { GatewayMode } from '../bridge-options.ts';
import type { Protocol } from '../types.ts';

/** What the worker must know of a bridge to make it, or to check it. */
export interface BridgePlan {
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  readonly ipv4?: BridgeAddress;
  readonly ipv6?: BridgeAddress;
  readonly internal: boolean;
  /** Containers may talk to each other. */
  readonly icc: boolean;
  readonly masquerade4: boolean;
  readonly masquerade6: boolean;
  /** The address that it leaves with then; '' = that of the way out. */
  readonly source4: string;
  readonly source6: string;
  readonly mode4: GatewayMode;
  readonly mode6: GatewayMode;
  /** It was there before us, and stays when its network goes. */
  readonly foreign: boolean;
}

export interface AddressPlan {
  readonly ip: string;
  readonly prefix: number;
}

/** `hidden`: the bridge itself does not have it. */
export interface BridgeAddress extends AddressPlan {
  readonly hidden: boolean;
}

/** The interface of the host that the links of a network are on, when they are not ports of a bridge. */
export interface ParentPlan {
  readonly name: string;
  readonly driver: 'macvlan' | 'ipvlan';
  /** It is of our making and leads nowhere. */
  readonly isolated: boolean;
  /** It was there before us, and stays when its network goes. */
  readonly foreign: boolean;
}

/** A container's link. */
export interface LinkPlan {
  readonly interface: string;
  /** Absent where the link has that of its parent. */
  readonly mac?: string;
  /** Absent = that of its parent. */
  readonly mtu?: number;
  readonly on: BridgePort | VlanPort;
  readonly ipv4?: AddressPlan;
  readonly ipv6?: AddressPlan;
  readonly linkLocal: readonly AddressPlan[];
  /** Files below /proc/sys/net, and what they shall hold. */
  readonly sysctls: readonly { readonly path: string; readonly value: string }[];
}

/** A veth pair whose other end is a port of a bridge. */
export interface BridgePort {
  readonly bridge: string;
  readonly isolated: boolean;
}

/** A link that shares an interface of the host. */
export interface VlanPort {
  readonly parent: string;
  readonly driver: 'macvlan' | 'ipvlan';
  readonly mode: string;
  readonly flag: string;
}

/** The default routes of a container; absent = none. */
export interface GatewayPlan {
  readonly ipv4?: RoutePlan;
  readonly ipv6?: RoutePlan;
}

/** Without a gateway everything is reached on the link itself. */
export interface RoutePlan {
  readonly interface: string;
  readonly gateway?: string;
}

/**
 * A port of the host that leads to an address of a container. `hostIp` is '' for all addresses of `address`'s family.
 * `from`: no port of the host; who comes from this interface, or ('') from any, reaches the container at its own address.
 */
export interface PortRule {
  readonly from?: string;
  readonly protocol: Protocol;
  readonly hostIp: string;
  readonly hostPort: number;
  readonly address: string;
  readonly port: number;
}

/** File descriptors are valid in every thread; those of DNS are owned by the receiver. */
export interface OpenedNamespace {
  readonly netns: number;
  readonly dns?: DnsDescriptors;
}

export interface DnsDescriptors {
  readonly udp: number;
  readonly tcp: number;
}

/** Everything that the table must hold. */
export interface TableState {
  readonly bridges: readonly BridgePlan[];
  readonly parents: readonly ParentPlan[];
  readonly ports: readonly PortRule[];
}

/** The requests that the worker answers, each with its argument and its answer. Containers are named by id. */
export interface WorkerRequests {
  ensureBridge: { argument: BridgePlan; answer: void };
  removeBridge: { argument: BridgePlan; answer: void };
  /** Throws where the kernel lacks the driver, or the interface is not there and can't be made. */
  ensureParent: { argument: ParentPlan; answer: void };
  removeParent: { argument: ParentPlan; answer: void };
  open: {
    argument: {
      readonly container: string;
      readonly links: readonly LinkPlan[];
      readonly gateway: GatewayPlan;
      readonly ports: readonly PortRule[];
      readonly dns: boolean;
    };
    answer: OpenedNamespace;
  };
  attach: {
    argument: {
      readonly container: string;
      readonly link: LinkPlan;
      readonly gateway: GatewayPlan;
      /** The default routes up to now. */
      readonly earlier: GatewayPlan;
      /** Open the DNS sockets now. */
      readonly dns: boolean;
    };
    answer: { readonly dns?: DnsDescriptors };
  };
  detach: {
    argument: { readonly container: string; readonly interface: string; readonly gateway: GatewayPlan };
    answer: void;
  };
  /** `forget`: addresses whose UDP connections must be forgotten. */
  publish: {
    argument: {
      readonly add: readonly PortRule[];
      readonly remove: readonly PortRule[];
      readonly forget: readonly string[];
    };
    answer: void;
  };
  release: {
    argument: {
      readonly container: string;
      readonly ports: readonly PortRule[];
      readonly forget: readonly string[];
    };
    answer: void;
  };
  /** Takes over the namespace of a process; undefined when it has ended. `stray`: interfaces that are taken away there. */
  adopt: {
    argument: {
      readonly container: string;
      readonly pid: number;
      readonly dns: boolean;
      readonly stray: readonly string[];
      readonly gateway: GatewayPlan;
    };
    answer: OpenedNamespace | undefined;
  };
  /** Makes the kernel as described: table, bridges, elements. Links that no known container has are removed. */
  sync: { argument: TableState; answer: void };
  /** Writes the table anew when something else has removed it. `moved`: others have changed rules since it was asked last. */
  check: { argument: undefined; answer: { readonly moved: boolean; readonly rebuilt: boolean } };
  close: { argument: { readonly purge: boolean }; answer: void };
}

export type RequestName = keyof WorkerRequests;

export interface WorkerSettings {
  readonly engine: string;
  readonly poolSize: number;
}
