import { readFileSync } from 'node:fs';
import { hasCode, invalid, messageOf } from '../lib/errors.ts';
import { didYouMean } from '../lib/suggest.ts';

/** What a settings file says: Docker's daemon.json with the same keys where they mean the same, and a few of ours. */
export interface ConfigFile {
  readonly 'data-root'?: string;
  readonly 'exec-root'?: string;
  readonly 'run-root'?: string;
  readonly name?: string;
  readonly hosts?: readonly string[];
  readonly 'log-level'?: string;
  readonly debug?: boolean;
  readonly labels?: readonly string[];
  readonly bip?: string;
  readonly 'default-address-pools'?: readonly { base: string; size: number }[];
  readonly 'registry-mirrors'?: readonly string[];
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
  readonly 'insecure-registries'?: readonly string[];
  readonly dns?: readonly string[];
  readonly 'dns-search'?: readonly string[];
  readonly 'dns-opts'?: readonly string[];
  readonly 'log-driver'?: string;
  readonly 'log-opts'?: Readonly<Record<string, string>>;
  readonly 'default-shm-size'?: string;
  readonly 'plugin-dirs'?: readonly string[];
  readonly 'runtime-path'?: string;
  readonly 'allow-remote'?: boolean;
  /** Keys of Docker's that mean nothing here. */
  readonly withoutEffect: readonly string[];
}

type Kind = 'string' | 'boolean' | 'strings' | 'labels' | 'mirrors' | 'pools';

const known: Readonly<Record<Exclude<keyof ConfigFile, 'withoutEffect'>, Kind>> = {
  'data-root': 'string',
  'exec-root': 'string',
  'run-root': 'string',
  name: 'string',
  hosts: 'strings',
  'log-level': 'string',
  debug: 'boolean',
  labels: 'strings',
  bip: 'string',
  'default-address-pools': 'pools',
  'registry-mirrors': 'strings',
  mirrors: 'mirrors',
  'insecure-registries': 'strings',
  dns: 'strings',
  'dns-search': 'strings',
  'dns-opts': 'strings',
  'log-driver': 'string',
  'log-opts': 'labels',
  'default-shm-size': 'string',
  'plugin-dirs': 'strings',
  'runtime-path': 'string',
  'allow-remote': 'boolean',
};

const withoutEffect = [
  'allow-direct-routing', 'allow-nondistributable-artifacts', 'api-cors-header', 'authorization-plugins', 'bridge',
  'bridge-accept-fwmark', 'builder', 'cgroup-parent', 'containerd', 'containerd-namespace', 'containerd-plugin-namespace',
  'cpu-rt-period', 'cpu-rt-runtime', 'data-path-port', 'default-cgroupns-mode', 'default-gateway', 'default-gateway-v6',
  'default-ipc-mode', 'default-network-opts', 'default-runtime', 'default-ulimits', 'exec-opts', 'experimental', 'features',
  'firewall-backend', 'fixed-cidr', 'fixed-cidr-v6', 'group', 'host-gateway-ip', 'icc', 'init', 'init-path', 'ip',
  'ip-forward', 'ip-forward-no-drop', 'ip-masq', 'ip6tables', 'iptables', 'ipv6', 'live-restore', 'log-format',
  'max-concurrent-downloads', 'max-concurrent-uploads', 'max-download-attempts', 'metrics-addr', 'mtu',
  'no-new-privileges', 'node-generic-resources', 'oom-score-adjust', 'pidfile', 'proxies', 'raw-logs', 'runtimes',
  'seccomp-profile', 'selinux-enabled', 'shutdown-timeout', 'storage-driver', 'storage-opts', 'swarm-default-advertise-addr',
  'tls', 'tlscacert', 'tlscert', 'tlskey', 'tlsverify', 'userland-proxy', 'userland-proxy-path', 'userns-remap',
]; // prettier-ignore

/** Keys that would change who may do what: leaving them without effect in silence would be a trap. */
const refused = [
  'authorization-plugins',
  'no-new-privileges',
  'seccomp-profile',
  'tls',
  'tlsverify',
  'userns-remap',
];

/** Reads a settings file. Errors name the file and the key, or the place where it is no JSON. */
export function readConfigFile(path: string): ConfigFile {
  const fail = (why: string, cause?: unknown): Error => invalid(`${path}: ${why}`, cause);
  const value = parse(path, readText(path));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail('want a JSON object');
  const entries = Object.entries(value);
  for (const [key, item] of entries) {
    if (Object.hasOwn(known, key)) {
      if (!isKind(item, known[key as keyof typeof known]))
        throw fail(`${key}: want ${wanted[known[key as keyof typeof known]]}`);
    } else if (refused.includes(key) && item !== false && item !== '')
      throw fail(`${key}: not supported by this engine`);
    else if (!withoutEffect.includes(key))
      throw fail(
        `unknown setting ${JSON.stringify(key)}${didYouMean(key, [...Object.keys(known), ...withoutEffect])}`,
      );
  }
  const mine = Object.fromEntries(entries.filter(([key]) => Object.hasOwn(known, key)));
  return { ...mine, withoutEffect: entries.map(([key]) => key).filter((key) => withoutEffect.includes(key)) };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const why = hasCode(error, 'ENOENT') ? 'no such settings file' : messageOf(error);
    throw invalid(`${path}: ${why}`, error);
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = messageOf(error).replace(/, .* is not valid JSON$| in JSON at position.*$/s, '');
    throw invalid(`${path}:${placeOf(error, text)}: ${why}`, error);
  }
}

/** `line:column`. The parser tells it in most cases; an unexpected token is found by looking where its complaint begins. */
function placeOf(error: unknown, text: string): string {
  const told = /\(line (\d+) column (\d+)\)/.exec(messageOf(error));
  if (told) return `${told[1]}:${told[2]}`;
  let end = 1;
  while (end < text.length && !isUnexpected(text.slice(0, end))) end += 1;
  const lines = text.slice(0, end).split('\n');
  return `${lines.length}:${lines.at(-1)?.length ?? 0}`;
}

function isUnexpected(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return false;
  } catch (error) {
    return messageOf(error).startsWith('Unexpected token');
  }
}

const wanted: Readonly<Record<Kind, string>> = {
  string: 'a string',
  boolean: 'true or false',
  strings: 'a list of strings',
  labels: 'an object with strings',
  mirrors: 'an object with a list of URLs for each registry',
  pools: 'a list of {"base": "10.0.0.0/8", "size": 24}',
};

function isKind(value: unknown, kind: Kind): boolean {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  switch (kind) {
    case 'string':
    case 'boolean':
      return typeof value === kind;
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    case 'labels':
      return isObject && Object.values(value).every((item) => typeof item === 'string');
    case 'mirrors':
      return isObject && Object.values(value).every((item) => isKind(item, 'strings'));
    case 'pools':
      return Array.isArray(value) && value.every((item) => isPool(item));
  }
}

function isPool(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { base, size } = value as { base?: unknown; size?: unknown };
  return typeof base === 'string' && Number.isInteger(size);
}
