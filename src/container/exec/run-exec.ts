import { resolveCapabilities } from '../../runtime/spec/capabilities.ts';
import type { ExecHandle, ProcessSpec } from '../../runtime/types.ts';
import { resolveUser } from '../../runtime/user/resolve-user.ts';
import type { ContainerRecord } from '../container-record.ts';
import { type Context, pathsOf } from '../context.ts';
import { makeEnvironment, replaceOrAppend } from '../start/environment.ts';
import { linkEnvironment } from '../start/links.ts';
import { parseSecurityOptions } from '../start/security-options.ts';
import type { ExecSpec } from '../types.ts';

/** Starts a process in a running container. */
export async function runExec(
  context: Context,
  record: ContainerRecord,
  spec: ExecSpec & { readonly detach?: boolean },
  signal?: AbortSignal,
): Promise<ExecHandle> {
  const { stdin, stdout, stderr } = spec.attach;
  return context.runtime.exec(
    record.id,
    pathsOf(context, record).bundle,
    makeProcess(context, record, spec),
    {
      stdin,
      stdout,
      stderr,
      detach: spec.detach ?? false,
      ...(signal && { signal }),
    },
  );
}

/** What the exec does not say is as in the container. */
function makeProcess(context: Context, record: ContainerRecord, exec: ExecSpec): ProcessSpec {
  const { spec } = record;
  const security = parseSecurityOptions(spec.securityOpt);
  const rootfs = context.snapshots.treePath(record.id);
  const user = resolveUser(rootfs, exec.user || spec.user, spec.groupAdd);
  const linkEnv = linkEnvironment(context, record);
  const own = makeEnvironment({ ...spec, tty: exec.tty, home: user.home, linkEnv });
  const env = replaceOrAppend(own, exec.env);
  return {
    args: exec.cmd,
    env,
    cwd: exec.workingDir || spec.workingDir || '/',
    user,
    tty: exec.tty,
    ...(exec.consoleSize && { consoleSize: exec.consoleSize }),
    capabilities: resolveCapabilities({
      privileged: spec.privileged || exec.privileged,
      add: spec.capAdd,
      drop: spec.capDrop,
    }),
    noNewPrivileges: security.noNewPrivileges,
    rlimits: spec.ulimits.map(({ name, soft, hard }) => ({ type: name, soft, hard })),
    ...(security.apparmorProfile && { apparmorProfile: security.apparmorProfile }),
  };
}
