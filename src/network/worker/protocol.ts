import type { Protocol } from '../types.ts';

/** What the worker must know of a bridge to make it, or to check it. */
export interface BridgePlan {
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  readonly ipv4: AddressPlan;
  readonly ipv6?: AddressPlan;
  readonly internal: boolean;
  /** Containers may talk to each other. */
  readonly icc: boolean;
  readonly masquerade: boolean;
  /** It was there before us, and stays when its network goes. */
  readonly foreign: boolean;
}

export interface AddressPlan {
  readonly ip: string;
  readonly prefix: number;
}

/** A container's link to a bridge. */
export interface LinkPlan {
  readonly bridge: string;
  readonly interface: string;
  readonly mac: string;
  readonly mtu: number;
  readonly isolated: boolean;
  readonly ipv4: AddressPlan;
  readonly ipv6?: AddressPlan;
}

/** The default routes of a container; absent = none. */
export interface GatewayPlan {
  readonly interface: string;
  readonly ipv4?: string;
  readonly ipv6?: string;
}

/** A port of the host that leads to an address of a container. `hostIp` is '' for all addresses of `address`'s family. */
export interface PortRule {
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
  readonly ports: readonly PortRule[];
}

/** The requests that the worker answers, each with its argument and its answer. Containers are named by id. */
export interface WorkerRequests {
  ensureBridge: { argument: BridgePlan; answer: void };
  removeBridge: { argument: string; answer: void };
  open: {
    argument: {
      readonly container: string;
      readonly links: readonly LinkPlan[];
      readonly gateway?: GatewayPlan;
      readonly ports: readonly PortRule[];
      readonly dns: boolean;
    };
    answer: OpenedNamespace;
  };
  attach: {
    argument: {
      readonly container: string;
      readonly link: LinkPlan;
      readonly gateway?: GatewayPlan;
      /** Open the DNS sockets now. */
      readonly dns: boolean;
    };
    answer: { readonly dns?: DnsDescriptors };
  };
  detach: {
    argument: { readonly container: string; readonly interface: string; readonly gateway?: GatewayPlan };
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
  /** Takes over the namespace of a process; undefined when it has ended. */
  adopt: {
    argument: { readonly container: string; readonly pid: number; readonly dns: boolean };
    answer: OpenedNamespace | undefined;
  };
  /** Makes the kernel as described: table, bridges, elements. Links that no known container has are removed. */
  sync: { argument: TableState; answer: void };
  /** Writes the table anew when something else has removed it. */
  check: { argument: undefined; answer: { readonly rebuilt: boolean } };
  close: { argument: { readonly purge: boolean }; answer: void };
}

export type RequestName = keyof WorkerRequests;

export interface WorkerSettings {
  readonly engine: string;
  readonly poolSize: number;
}
