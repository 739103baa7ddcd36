import type { Sandbox } from '../../network/types.ts';
import { internal } from '../../lib/errors.ts';
import { resolveCapabilities } from '../../runtime/spec/capabilities.ts';
import { resolveUser } from '../../runtime/user/resolve-user.ts';
import type { BundleSpec, MountSpec, ProcessSpec } from '../../runtime/types.ts';
import type { ContainerRecord } from '../container-record.ts';
import type { Context } from '../context.ts';
import type { ContainerSpec } from '../types.ts';
import { makeEnvironment } from './environment.ts';
import { chooseNamespaces } from './namespaces.ts';
import { parseSecurityOptions, type SecurityOptions } from './security-options.ts';

interface Prepared {
  readonly rootfs: string;
  readonly sandbox: Sandbox | undefined;
  readonly mounts: readonly MountSpec[];
  readonly linkEnv: readonly string[];
}

/** Everything that the runtime has to know of a container. Throws `invalid` for what the image does not allow (an unknown user). */
export function makeBundleSpec(context: Context, record: ContainerRecord, prepared: Prepared): BundleSpec {
  const { spec } = record;
  checkDeviceRequests(spec);
  const security = parseSecurityOptions(spec.securityOpt);
  const unconfined = security.unconfinedPaths || spec.privileged;
  const maskedPaths = spec.maskedPaths ?? (unconfined ? [] : undefined);
  const readonlyPaths = spec.readonlyPaths ?? (unconfined ? [] : undefined);
  return {
    id: record.id,
    rootfs: prepared.rootfs,
    readonlyRootfs: spec.readonlyRootfs,
    hostname: spec.utsMode === 'host' ? '' : spec.hostname,
    domainname: spec.domainname,
    process: makeProcess(spec, security, prepared),
    mounts: prepared.mounts,
    shmSize: spec.ipcMode === 'none' ? 0 : spec.shmSize,
    privileged: spec.privileged,
    namespaces: chooseNamespaces(context, spec, prepared.sandbox?.netnsPath),
    resources: spec.resources,
    devices: spec.devices,
    sysctls: spec.sysctls,
    seccomp: spec.privileged && security.seccomp === 'default' ? 'unconfined' : security.seccomp,
    init: spec.init,
    ...(security.writableCgroups !== undefined && { writableCgroups: security.writableCgroups }),
    annotations: spec.annotations,
    ...(maskedPaths && { maskedPaths }),
    ...(readonlyPaths && { readonlyPaths }),
    ...echoed(spec),
  };
}

function makeProcess(spec: ContainerSpec, security: SecurityOptions, prepared: Prepared): ProcessSpec {
  const user = resolveUser(prepared.rootfs, spec.user, spec.groupAdd);
  const { privileged, capAdd, capDrop } = spec;
  return {
    args: [...spec.entrypoint, ...spec.cmd],
    env: makeEnvironment({ ...spec, home: user.home, linkEnv: prepared.linkEnv }),
    cwd: spec.workingDir || '/',
    user,
    tty: spec.tty,
    ...(spec.consoleSize && { consoleSize: spec.consoleSize }),
    capabilities: resolveCapabilities({ privileged, add: capAdd, drop: capDrop }),
    noNewPrivileges: security.noNewPrivileges,
    rlimits: spec.ulimits.map(({ name, soft, hard }) => ({ type: name, soft, hard })),
    oomScoreAdj: spec.oomScoreAdj,
    ...(security.apparmorProfile && { apparmorProfile: security.apparmorProfile }),
  };
}

/** There are no drivers of devices here. */
function checkDeviceRequests({ hostConfigEcho }: ContainerSpec): void {
  const [request] = (hostConfigEcho['DeviceRequests'] ?? []) as { Driver?: string; Capabilities?: unknown }[];
  if (request)
    throw internal(
      `could not select device driver "${request.Driver ?? ''}" with capabilities: ${goList(request.Capabilities)}`,
    );
}

/** A list as Go prints it: `[[gpu]]`. */
const goList = (value: unknown): string =>
  Array.isArray(value) ? `[${value.map(goList).join(' ')}]` : typeof value === 'string' ? value : '[]';

/** Fields of HostConfig that only the runtime has a word for. */
function echoed(spec: ContainerSpec): Pick<BundleSpec, 'cgroupParent' | 'deviceCgroupRules'> {
  const { CgroupParent: parent, DeviceCgroupRules: rules } = spec.hostConfigEcho;
  return {
    ...(typeof parent === 'string' && parent !== '' && { cgroupParent: parent }),
    ...(Array.isArray(rules) && rules.length > 0 && { deviceCgroupRules: rules.map(String) }),
  };
}
