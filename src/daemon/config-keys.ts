/** What a value in a settings file must be. */
export type Kind =
  | 'string'
  | 'boolean'
  | 'count'
  | 'strings'
  | 'labels'
  | 'flags'
  | 'mirrors'
  | 'pools'
  | 'ulimits'
  | 'options'
  | 'any';

/** Keys of Docker's daemon.json that mean the same here, and a few of ours. */
export const knownKeys = {
  'data-root': 'string',
  'exec-root': 'string',
  'run-root': 'string',
  name: 'string',
  hosts: 'strings',
  group: 'string',
  pidfile: 'string',
  tls: 'boolean',
  tlsverify: 'boolean',
  tlscacert: 'string',
  tlscert: 'string',
  tlskey: 'string',
  'log-level': 'string',
  debug: 'boolean',
  experimental: 'boolean',
  features: 'flags',
  labels: 'strings',
  bip: 'string',
  'fixed-cidr': 'string',
  ip: 'string',
  icc: 'boolean',
  'host-gateway-ip': 'string',
  'host-gateway-ips': 'strings',
  'ip-masq': 'boolean',
  mtu: 'count',
  'default-network-opts': 'options',
  'http-proxy': 'string',
  'https-proxy': 'string',
  'no-proxy': 'string',
  proxies: 'labels',
  'default-address-pools': 'pools',
  'registry-mirrors': 'strings',
  mirrors: 'mirrors',
  'insecure-registries': 'strings',
  'max-concurrent-downloads': 'count',
  'max-concurrent-uploads': 'count',
  dns: 'strings',
  'dns-search': 'strings',
  'dns-opts': 'strings',
  'log-driver': 'string',
  'log-opts': 'labels',
  'default-shm-size': 'string',
  'default-ulimits': 'ulimits',
  'default-ipc-mode': 'string',
  'default-cgroupns-mode': 'string',
  init: 'boolean',
  'no-new-privileges': 'boolean',
  'seccomp-profile': 'string',
  'live-restore': 'boolean',
  'plugin-dirs': 'strings',
  'runtime-path': 'string',
  'allow-remote': 'boolean',
  builder: 'any',
} as const satisfies Readonly<Record<string, Kind>>;

/** Keys of Docker's that are taken and change nothing here; each is told once in the log. */
export const keysWithoutEffect: readonly string[] = [
  'allow-direct-routing', 'allow-nondistributable-artifacts', 'api-cors-header', 'bip6', 'bridge', 'bridge-accept-fwmark',
  'cdi-spec-dirs', 'cgroup-parent', 'cluster-advertise', 'cluster-store', 'cluster-store-opts', 'containerd',
  'containerd-namespace', 'containerd-plugin-namespace', 'containerd-plugins-namespace', 'cpu-rt-period', 'cpu-rt-runtime',
  'cri-containerd', 'data-path-port', 'default-gateway', 'default-gateway-v6', 'default-runtime', 'deprecated-key-path', 'exec-opts', 'firewall-backend',
  'fixed-cidr-v6', 'graph',
  'init-path', 'ip-forward', 'ip-forward-no-drop', 'ip6tables', 'iptables', 'ipv6', 'log-format',
  'max-download-attempts', 'metrics-addr', 'min-api-version', 'network-control-plane-mtu', 'network-diagnostic-port',
  'node-generic-resources', 'oom-score-adjust', 'raw-logs', 'resolv-conf', 'rootless', 'runtimes',
  'selinux-enabled', 'shutdown-timeout', 'storage-driver', 'storage-opts', 'swarm-default-advertise-addr',
  'swarm-raft-election-tick', 'swarm-raft-heartbeat-tick', 'userland-proxy', 'userland-proxy-path', 'userns-remap', 'validate',
  'authorization-plugins',
]; // prettier-ignore

const isSet = (value: unknown): boolean =>
  value !== false && value !== '' && !(Array.isArray(value) && value.length === 0);

/** Keys that would change who may do what: to leave them without effect in silence would be a trap. */
const refusals: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  'authorization-plugins': (value) =>
    isSet(value)
      ? 'authorization plugins are not supported: limit who reaches the socket, or use --tlsverify'
      : undefined,
  'selinux-enabled': (value) => (isSet(value) ? 'not supported by this engine' : undefined),
  'userns-remap': (value) => (isSet(value) ? 'not supported by this engine' : undefined),
};

/** Why a key may not have this value; undefined when it may. */
export const refusalOf = (key: string, value: unknown): string | undefined =>
  Object.hasOwn(refusals, key) ? refusals[key]?.(value) : undefined;
