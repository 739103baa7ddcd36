import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Networks, Sandbox } from '../../../network/types.ts';
import type { MountSpec } from '../../../runtime/types.ts';
import type { ExecOp } from '../../plan/types.ts';

/** As BuildKit calls its sandboxes: programs put the host name into what they build. */
export const hostname = 'buildkitsandbox';

const localHosts = (name: string): string =>
  `127.0.0.1\tlocalhost ${name}\n::1\tlocalhost ip6-localhost ip6-loopback\n`;

/** Writes /etc/hosts and /etc/resolv.conf of a RUN into `directory`; they are mounted, so that no layer has them. */
export function writeEtcFiles(
  directory: string,
  networks: Networks,
  sandbox: Sandbox | undefined,
  { extraHosts, hostname: own = hostname }: Pick<ExecOp, 'extraHosts' | 'hostname'>,
): MountSpec[] {
  const extra = extraHosts.map((entry) => extraLine(entry, networks));
  const hosts = (sandbox?.hosts ?? []).map(({ address, names }) => `${address}\t${names.join(' ')}\n`);
  writeFileSync(join(directory, 'hosts'), localHosts(own) + [...extra, ...hosts].join(''), { mode: 0o644 });
  writeFileSync(join(directory, 'resolv.conf'), sandbox?.resolvConf ?? networks.hostResolvConf({}), {
    mode: 0o644,
  });
  return ['hosts', 'resolv.conf'].map((name) => ({
    source: join(directory, name),
    destination: `/etc/${name}`,
    type: 'bind',
    options: ['bind', 'ro', 'nosuid', 'nodev', 'noexec'],
  }));
}

/** `name:address`; `host-gateway` is the host as a container on the default bridge sees it. */
function extraLine(entry: string, networks: Networks): string {
  const at = entry.search(/[:=]/);
  const address = entry.slice(at + 1).replace(/^\[(.*)\]$/, '$1');
  const addresses = address === 'host-gateway' ? networks.hostGateways() : [address];
  return addresses.map((each) => `${each}\t${entry.slice(0, at)}\n`).join('');
}
