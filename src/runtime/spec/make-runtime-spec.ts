import { posix } from 'node:path';
import { invalid } from '../../lib/errors.ts';
import type { RuntimeSpec, SpecSeccomp } from '../../oci/runtime-spec.ts';
import { defaultProfile } from '../seccomp/default-profile.ts';
import { parseProfile } from '../seccomp/parse.ts';
import { resolveProfile } from '../seccomp/resolve.ts';
import type { BundleSpec } from '../types.ts';
import { makeDevices } from './devices.ts';
import { makeHiddenPaths } from './hidden-paths.ts';
import type { HostFacts } from './host-facts.ts';
import { makeArguments } from './init.ts';
import { makeMounts } from './mounts.ts';
import { makeNamespaces } from './namespaces.ts';
import { makeProcess } from './process.ts';
import { makeResources, withDefaultSwap } from './resources.ts';

/** Version of the specification that this follows; older runtimes take any 1.x. */
const ociVersion = '1.0.2';

/** Group of all containers in the cgroup trees. */
const cgroupParent = '/lading';

/** Where a container's processes are in the cgroup trees. */
export const cgroupsPath = (id: string, parent = cgroupParent): string => posix.join('/', parent, id);

/** Writes the OCI runtime specification of a container, as Docker would. Throws `invalid` for what can't be had here. */
export function makeRuntimeSpec(bundle: BundleSpec, host: HostFacts): RuntimeSpec {
  const devices = makeDevices(bundle, host);
  const seccomp = makeSeccomp(bundle, host);
  const shares = bundle.mounts.some(({ options }) => options.some((option) => /^r?shared$/.test(option)));
  const ownUts = bundle.namespaces.uts.mode === 'private';
  return {
    ociVersion,
    process: makeProcess({ ...bundle.process, args: makeArguments(bundle, host) }, host),
    root: { path: bundle.rootfs, readonly: bundle.readonlyRootfs },
    ...(ownUts && bundle.hostname && { hostname: bundle.hostname }),
    mounts: makeMounts(bundle, host),
    ...(bundle.annotations && { annotations: bundle.annotations }),
    linux: {
      namespaces: makeNamespaces(bundle.namespaces),
      cgroupsPath: cgroupsPath(bundle.id, bundle.cgroupParent),
      resources: makeResources(withDefaultSwap(bundle.resources), host, devices.rules),
      devices: devices.nodes,
      sysctl: makeSysctls(bundle),
      ...(shares && { rootfsPropagation: 'shared' }), // else the runtime makes slaves of all mounts
      ...makeHiddenPaths(bundle, host),
      ...(seccomp && { seccomp }),
    },
  };
}

/** Docker lets every container with a network of its own open low ports and send pings. */
function makeSysctls(bundle: BundleSpec): Record<string, string> {
  const { network, uts } = bundle.namespaces;
  const ownNetwork = network.mode !== 'host' && !(network.mode === 'path' && network.shared);
  return {
    ...(bundle.domainname && uts.mode === 'private' && { 'kernel.domainname': bundle.domainname }),
    ...(ownNetwork && {
      'net.ipv4.ip_unprivileged_port_start': '0',
      'net.ipv4.ping_group_range': '0 2147483647',
    }),
    ...bundle.sysctls,
  };
}

function makeSeccomp(bundle: BundleSpec, host: HostFacts): SpecSeccomp | undefined {
  const { seccomp } = bundle;
  if (seccomp === 'unconfined') return undefined;
  if (typeof seccomp === 'object') {
    if (host.seccomp) return resolveProfile(parseProfile(seccomp.profile), targetOf(bundle, host));
    throw invalid('seccomp is not enabled in your kernel, cannot run a custom seccomp profile');
  }
  return host.seccomp && !bundle.privileged
    ? resolveProfile(defaultProfile, targetOf(bundle, host))
    : undefined;
}

function targetOf(bundle: BundleSpec, host: HostFacts): Parameters<typeof resolveProfile>[1] {
  return {
    architecture: host.architecture,
    kernel: host.kernel,
    capabilities: bundle.process.capabilities,
  };
}
