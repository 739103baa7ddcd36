import { conflict, internal, invalid, notFound } from '../../lib/errors.ts';
import type { BundleSpec, NamespaceSource } from '../../runtime/types.ts';
import type { ContainerRecord } from '../container-record.ts';
import type { Context } from '../context.ts';
import { parseNetworkMode } from '../network-mode.ts';
import type { ContainerSpec } from '../types.ts';

const own: NamespaceSource = { mode: 'private' };
const host: NamespaceSource = { mode: 'host' };

/** The namespaces of a container that is about to start. `netnsPath` is its sandbox, for those who have one of their own. */
export function chooseNamespaces(
  context: Context,
  spec: ContainerSpec,
  netnsPath: string | undefined,
): BundleSpec['namespaces'] {
  return {
    network: netnsPath === undefined ? networkNamespace(context, spec) : { mode: 'path', path: netnsPath },
    pid: joinable(context, spec.pidMode, 'pid'),
    ipc: joinable(context, spec.ipcMode, 'ipc'),
    uts: utsNamespace(context, spec),
    cgroup: cgroupNamespace(context, spec),
  };
}

function networkNamespace(context: Context, spec: ContainerSpec): NamespaceSource {
  const mode = parseNetworkMode(spec.networkMode);
  return mode.kind === 'container' ? namespaceOf(context, mode.container, 'net', 'network') : host;
}

function joinable(context: Context, mode: string, type: 'pid' | 'ipc'): NamespaceSource {
  if (mode === 'host') return host;
  const other = /^container:(.+)$/.exec(mode)?.[1];
  return other === undefined ? own : namespaceOf(context, other, type, type.toUpperCase());
}

/** Containers that share a network share its host name, as Docker has it. */
function utsNamespace(context: Context, spec: ContainerSpec): NamespaceSource {
  const mode = parseNetworkMode(spec.networkMode);
  if (mode.kind === 'container') return namespaceOf(context, mode.container, 'uts', 'network');
  return spec.utsMode === 'host' ? host : own;
}

function cgroupNamespace(context: Context, spec: ContainerSpec): NamespaceSource {
  if (spec.cgroupnsMode === 'host') return host;
  if (spec.cgroupnsMode === 'private') return own;
  return context.runtime.cgroupVersion === 1 || spec.privileged ? host : own;
}

function namespaceOf(
  context: Context,
  id: string,
  type: 'net' | 'pid' | 'ipc' | 'uts',
  name: string,
): NamespaceSource {
  const other = runningContainer(context, id, name);
  if (type === 'ipc') checkShareable(other);
  return { mode: 'path', path: `/proc/${other.run.running.pid}/ns/${type}`, shared: true };
}

/** The container whose namespace is to be joined. Throws with Docker's texts. */
export function runningContainer(
  context: Context,
  id: string,
  namespace: string,
): ContainerRecord & { run: NonNullable<ContainerRecord['run']> } {
  const other = context.store.find(id);
  if (!other) throw notFound(`${attemptToJoin(namespace)}: No such container: ${id}`);
  const { run, state } = other;
  if (!run || state.status === 'restarting') throw notJoinable(other, namespace);
  return other as ContainerRecord & { run: typeof run };
}

const attemptToJoin = (namespace: string): string =>
  namespace === 'network'
    ? 'joining network namespace of container'
    : `failed to join ${namespace} namespace`;

/** Docker answers 500 for the processes' namespace alone. */
const notJoinable = (other: ContainerRecord, namespace: string): Error =>
  (namespace === 'PID' ? internal : conflict)(whyNotJoinable(other, namespace));

function whyNotJoinable({ id, name, state }: ContainerRecord, namespace: string): string {
  const isRestarting = state.status === 'restarting';
  if (namespace === 'network')
    return isRestarting
      ? `cannot join network namespace of container: Container ${id} is restarting`
      : `cannot join network namespace of a non running container: container ${name} is ${state.status}`;
  const why = isRestarting ? 'is restarting, wait until the container is running' : 'is not running';
  return `${attemptToJoin(namespace)}: container ${id} ${why}`;
}

function checkShareable(other: ContainerRecord): void {
  if (other.spec.ipcMode !== 'shareable' && other.spec.ipcMode !== 'host')
    throw invalid(
      `failed to join IPC namespace: container ${other.id}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
    );
}
