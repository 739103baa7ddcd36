export type Protocol = 'tcp' | 'udp' | 'sctp';

export interface IpamPool {
  /** `172.18.0.0/16` */
  readonly subnet: string;
  readonly ipRange?: string;
  readonly gateway?: string;
  /** Addresses that no container gets, by the names of who has them (`--aux-address`). */
  readonly reserved?: Readonly<Record<string, string>>;
}

export type NetworkDriver = 'bridge' | 'host' | 'null' | 'macvlan' | 'ipvlan';

export interface NetworkSpec {
  readonly name: string;
  readonly driver: NetworkDriver;
  readonly pools?: readonly IpamPool[];
  readonly internal?: boolean;
  readonly attachable?: boolean;
  /** Default true. */
  readonly enableIpv4?: boolean;
  readonly enableIpv6?: boolean;
  /** It holds settings for others (`configFrom`) and no containers. */
  readonly configOnly?: boolean;
  /** Name of the network whose settings it takes; '' = none. */
  readonly configFrom?: string;
  /** `default`, or `null` for one without addresses. */
  readonly ipamDriver?: string;
  readonly options?: Readonly<Record<string, string>>;
  /** null = none were given, which is told apart from an empty list. */
  readonly ipamOptions?: Readonly<Record<string, string>> | null;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Network extends Required<NetworkSpec> {
  readonly id: string;
  readonly createdAt: Date;
  /** Name of its bridge on the host, or of the interface that its links are on; empty for `host` and `null`. */
  readonly bridge: string;
  /** `bridge`, `host` and `none`. */
  readonly isPredefined: boolean;
  /** Containers attached now, by container id. */
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** How many addresses are taken and left, by subnet. */
  usage(): SubnetUsage[];
}

export interface SubnetUsage {
  readonly subnet: string;
  readonly used: bigint;
  /** Addresses that containers may still get. */
  readonly free: bigint;
}

/** What a container asks of one network. */
export interface EndpointSpec {
  /** Name or id. */
  readonly network: string;
  readonly aliases?: readonly string[];
  readonly links?: readonly string[];
  readonly ipv4?: string;
  readonly ipv6?: string;
  readonly mac?: string;
  readonly gatewayPriority?: number;
  /** Further addresses, of the kind that is valid on one link alone. */
  readonly linkLocal?: readonly string[];
  /** The container speaks no IPv6: it gets no address of this family. */
  readonly withoutIpv6?: boolean;
  /** Docker's `com.docker.network.endpoint.…`: the name of the interface, and settings of it (`endpoint-options.ts`). */
  readonly options?: Readonly<Record<string, string>>;
}

/** A container's place in one network. */
export interface Endpoint {
  readonly id: string;
  readonly networkId: string;
  readonly networkName: string;
  /** Of the network; absent in records of earlier engines, which had no other than `bridge`. */
  readonly driver?: NetworkDriver;
  readonly containerId: string;
  readonly containerName: string;
  /** Interface in the container, such as `eth0`. */
  readonly interface: string;
  readonly mac: string;
  readonly ipv4: string;
  readonly prefix4: number;
  readonly gateway4: string;
  readonly ipv6: string;
  readonly prefix6: number;
  readonly gateway6: string;
  readonly aliases: readonly string[];
  /** All names that resolve to it: container name, short id, aliases. */
  readonly dnsNames: readonly string[];
}

/** A port to publish. `hostPort` 0 = choose an ephemeral one; `hostPortEnd` = choose within the range. */
export interface PortSpec {
  readonly protocol: Protocol;
  readonly containerPort: number;
  /** '' = all addresses of the host, IPv4 and IPv6. */
  readonly hostIp: string;
  readonly hostPort: number;
  readonly hostPortEnd?: number;
}

/** A port that is published now. */
export interface PublishedPort {
  readonly protocol: Protocol;
  readonly containerPort: number;
  /** `0.0.0.0`, `::` or the address asked for: one entry per family as Docker lists them. */
  readonly hostIp: string;
  /** 0 = none: the network is routed, the container is reached at its own address. */
  readonly hostPort: number;
}

export interface DnsSpec {
  readonly servers?: readonly string[];
  readonly search?: readonly string[];
  readonly options?: readonly string[];
}

export interface SandboxSpec {
  readonly containerId: string;
  readonly containerName: string;
  /** Other containers find it by this name, too, when it has been given one. */
  readonly hostname?: string;
  /** Empty = an isolated namespace with only `lo` (driver none). */
  readonly endpoints: readonly EndpointSpec[];
  readonly ports: readonly PortSpec[];
  readonly dns: DnsSpec;
  /** Nobody is told of its networks: it is no container's. */
  readonly isQuiet?: boolean;
}

/**
 * A network namespace that is ready for a container. `netnsPath` is valid in the engine's process until the container runs or
 * `Networks.release`.
 */
export interface Sandbox {
  readonly netnsPath: string;
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly PublishedPort[];
  /** Content for the container's /etc/resolv.conf. */
  readonly resolvConf: string;
  /** `address name…` lines for /etc/hosts that come from the networks. */
  readonly hosts: readonly { address: string; names: readonly string[] }[];
}

/**
 * Networks and the sandboxes of containers. Messages as Docker's: `network NAME not found`, `network with name NAME already
 * exists`, `error while removing network: network NAME id … has active endpoints`, `Bind for 0.0.0.0:80 failed: port is already allocated`, …
 */
export interface Networks {
  create(spec: NetworkSpec): Promise<Network>;
  /** What is wrong with a network that can be used nevertheless; '' for nothing. */
  warningOf(nameOrId: string): string;
  list(): Network[];
  find(nameOrId: string): Network | undefined;
  get(nameOrId: string): Network;
  remove(nameOrId: string): Promise<void>;
  prune(filter: (network: Network) => boolean): Promise<string[]>;
  /** Throws what `open` would refuse of these wishes; networks that are not there yet are left to it. */
  checkEndpoints(endpoints: readonly EndpointSpec[]): void;
  /** Throws what `connect` would refuse of this wish. */
  checkEndpoint(endpoint: EndpointSpec): void;
  /** A new sandbox for a container that is about to start. All or nothing. Its end is told as `disconnect`, however far it came. */
  open(spec: SandboxSpec, options?: { signal?: AbortSignal }): Promise<Sandbox>;
  /** Tells that a container that is about to run is connected. */
  announce(containerId: string): void;
  /** Attaches a running container to one more network. */
  connect(containerId: string, endpoint: EndpointSpec): Promise<Endpoint>;
  disconnect(containerId: string, nameOrId: string): Promise<void>;
  /** Frees everything of a container's sandbox: names, addresses, ports, rules, namespace. Idempotent, fast (< 1 ms on the caller). */
  release(containerId: string): Promise<void>;
  rename(containerId: string, name: string): void;
  endpointsOf(containerId: string): Endpoint[];
  portsOf(containerId: string): PublishedPort[];
  /** Names without dots that a container asked for and nobody has, as far as the engine answers it. */
  unknownNames(containerId: string): string[];
  /** What a container's /etc/resolv.conf should hold now: `connect` and `disconnect` may change it. Undefined when it has no sandbox. */
  resolvConfOf(containerId: string): string | undefined;
  /** resolv.conf for containers with the host's network. */
  hostResolvConf(dns: DnsSpec): string;
  /** Where containers reach the host (`host-gateway`): what the settings say, else the default bridge. */
  hostGateways(): readonly string[];
  /** What of the host is in the way of containers' traffic, and what to do. */
  warnings(): string[];
  /**
   * After a start of the engine: takes over the sandboxes of these running containers (their init's pid), releases all others,
   * and repairs bridges and rules.
   */
  recover(running: ReadonlyMap<string, { pid: number }>): Promise<void>;
  /** Ends workers, pool, listeners. Containers stay connected. `purge` also removes bridges and the table (make clean, tests). */
  close(options?: { purge?: boolean }): Promise<void>;
}
