import { readFileSync, writeFileSync } from 'node:fs';
import { hasCode } from '../../lib/errors.ts';
import { shortId } from '../../lib/id.ts';
import type { Endpoint, Sandbox } from '../../network/types.ts';
import type { MountSpec } from '../../runtime/types.ts';
import { type Context, pathsOf } from '../context.ts';
import type { ContainerRecord } from '../container-record.ts';
import type { Link } from '../names/links.ts';
import { parseNetworkMode } from '../network-mode.ts';
import { speaksIpv6 } from './sandbox.ts';

const localHosts = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

/** A line of /etc/hosts. */
export interface HostsLine {
  readonly address: string;
  readonly names: readonly string[];
}

/** Writes hosts, hostname and resolv.conf of a container into its directory. One that shares a network uses the other's. */
export function writeEtcFiles(context: Context, record: ContainerRecord, sandbox: Sandbox | undefined): void {
  if (parseNetworkMode(record.spec.networkMode).kind === 'container') return;
  const paths = pathsOf(context, record);
  const { hostname, dns } = record.spec;
  writeFileSync(paths.hostname, `${hostname}\n`, { mode: 0o644 });
  writeFileSync(paths.hosts, makeHosts(context, record, sandbox), { mode: 0o644 });
  writeFileSync(paths.resolvConf, sandbox?.resolvConf ?? context.networks.hostResolvConf(dns), {
    mode: 0o644,
  });
}

function makeHosts(context: Context, record: ContainerRecord, sandbox: Sandbox | undefined): string {
  const isHosts = parseNetworkMode(record.spec.networkMode).kind === 'host';
  if (isHosts && record.spec.extraHosts.length === 0) return ownHosts() ?? localHosts;
  const lines = [
    ...extraHosts(context, record),
    ...(sandbox?.hosts ?? []),
    ...(sandbox?.endpoints ?? []).flatMap((endpoint) => ownLines(record, endpoint)),
  ];
  const own = speaksIpv6(record) ? localHosts : localHosts.slice(0, localHosts.indexOf('::1'));
  return own + lines.map(formatLine).join('');
}

/** Takes the names of a linked container out of the file, which is mounted in the container and so written in place. */
export function forgetLinkLines(context: Context, record: ContainerRecord, { target, alias }: Link): void {
  const { hosts } = pathsOf(context, record);
  const other = context.store.find(target);
  const isGone = (line: string): boolean => {
    const [, ...names] = line.trim().split(/\s+/);
    return names[0] === alias && other !== undefined && names.includes(shortId(other.id));
  };
  const lines = readFileSync(hosts, 'utf8').split(/(?<=\n)/);
  writeFileSync(hosts, lines.filter((line) => !isGone(line)).join(''));
}

/** What this machine has, for those that use its network. */
function ownHosts(): string | undefined {
  try {
    return readFileSync('/etc/hosts', 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

export const formatLine = ({ address, names }: HostsLine): string => `${address}\t${names.join(' ')}\n`;

/** The container's own name at its addresses in a network. */
export function ownLines({ spec }: ContainerRecord, { ipv4, ipv6 }: Endpoint): HostsLine[] {
  const { hostname, domainname } = spec;
  const full = domainname ? `${hostname}.${domainname}` : hostname;
  const short = full.split('.', 1)[0] ?? full;
  const names = short === full ? [full] : [full, short];
  return [ipv4, ipv6].filter(Boolean).map((address) => ({ address, names }));
}

/** `--add-host`: `name:address` or, as newer clients say, `name=address`; `host-gateway` is the host as the container sees it. */
function extraHosts(context: Context, record: ContainerRecord): HostsLine[] {
  return record.spec.extraHosts.flatMap((entry) => {
    const at = entry.search(/[:=]/);
    const address = entry.slice(at + 1).replace(/^\[(.*)\]$/, '$1');
    const addresses = address === 'host-gateway' ? context.networks.hostGateways() : [address];
    return addresses.map((each) => ({ address: each, names: [entry.slice(0, at)] }));
  });
}

/** The three files as mounts, but for those that the user replaces. */
export function etcMounts(context: Context, record: ContainerRecord): MountSpec[] {
  const mode = parseNetworkMode(record.spec.networkMode);
  const owner = mode.kind === 'container' ? context.store.get(mode.container) : record;
  const paths = pathsOf(context, owner);
  const taken = new Set(record.mounts.map(({ point }) => point.destination));
  const options = ['rbind', 'rprivate', ...(record.spec.readonlyRootfs ? ['ro'] : [])];
  return [
    { source: paths.resolvConf, destination: '/etc/resolv.conf', type: 'bind', options },
    { source: paths.hostname, destination: '/etc/hostname', type: 'bind', options },
    { source: paths.hosts, destination: '/etc/hosts', type: 'bind', options },
  ].filter(({ destination }) => !taken.has(destination));
}
