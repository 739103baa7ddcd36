import { closeSync, mkdirSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bothSettled } from '../../../lib/both-settled.ts';
import { invalid } from '../../../lib/errors.ts';
import { hasNoRoom } from '../../../lib/full-disk.ts';
import type { Sandbox } from '../../../network/types.ts';
import type { Digest } from '../../../oci/digest.ts';
import { resolveCapabilities } from '../../../runtime/spec/capabilities.ts';
import type { BundleSpec, ExitStatus, MountSpec, NamespaceSource } from '../../../runtime/types.ts';
import { resolveUser } from '../../../runtime/user/resolve-user.ts';
import { FormatWatch } from '../../platforms/emulation.ts';
import type { ExecOp, Step, Vertex } from '../../plan/types.ts';
import type { OperationEvent, Rootfs } from '../../solve/types.ts';
import type { BuildSources } from '../build-sources.ts';
import { type BuildServices, newId, temporaryRoot } from '../services.ts';
import { CommandError } from './command-error.ts';
import { hostname, writeEtcFiles } from './etc-files.ts';
import { ExecMounts } from './exec-mounts.ts';
import { LogFollower } from './follow-log.ts';
import { MountStubs } from './mount-stubs.ts';

interface PerformOptions {
  readonly signal: AbortSignal;
  readonly tell: (event: OperationEvent) => void;
}

/** RUN: runs the command on a snapshot of the base with the security and networks of containers, and makes what it changed a layer. */
export async function performExec(
  services: BuildServices,
  sources: BuildSources,
  { op, step }: Vertex & { readonly op: ExecOp },
  base: Rootfs,
  inputs: readonly Rootfs[],
  options: PerformOptions,
): Promise<Digest> {
  const { snapshots, runtime } = services;
  const id = newId();
  runtime.anticipate();
  snapshots.create(id, base.layers);
  try {
    // a step that a crash takes away is done again, and its layer is brought to disk as a whole: fsync may cost nothing
    const rootfs = snapshots.mount(id, { volatile: true });
    const format = new FormatWatch(op);
    const tell = (event: OperationEvent): void => {
      format.look(event);
      options.tell(event);
    };
    await using held = new AsyncDisposableStack();
    const place = { id, rootfs, signal: options.signal, tell, held };
    const exit = await runIn(services, sources, op, inputs, place);
    options.signal.throwIfAborted();
    sources.later(held.move());
    if (exit.code !== 0 && format.refusal) throw format.refusal;
    if (exit.code !== 0) throw await failure(services, op, exit.code, { id, base, step });
    return (await snapshots.commit(id, { move: true, signal: options.signal })).diffId;
  } finally {
    await snapshots.remove(id);
  }
}

/** A failed command leaves its files as a layer, unless they are what filled the disk. */
async function failure(
  { snapshots, logger, paths }: BuildServices,
  op: ExecOp,
  exitCode: number,
  { id, base, step }: { readonly id: string; readonly base: Rootfs; readonly step: Step },
): Promise<CommandError> {
  if (hasNoRoom(paths.build)) return new CommandError(op.command, exitCode);
  try {
    const { diffId, size } = await snapshots.commit(id, { move: true });
    return new CommandError(op.command, exitCode, { layers: [...base.layers, diffId], size, op, step });
  } catch (error) {
    logger.warn('what a failed build step left can not be kept', { step: id, error });
    return new CommandError(op.command, exitCode);
  }
}

interface Place extends PerformOptions {
  readonly id: string;
  readonly rootfs: string;
  /** Gets what is left of the command when it has ended, besides its files. */
  readonly held: AsyncDisposableStack;
}

async function runIn(
  services: BuildServices,
  sources: BuildSources,
  op: ExecOp,
  inputs: readonly Rootfs[],
  { id, rootfs, signal, tell, held }: Place,
): Promise<ExitStatus> {
  const { networks, paths } = services;
  const directory = join(temporaryRoot(paths), id);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  held.defer(() => rm(directory, { recursive: true, force: true }));
  held.defer(() => networks.release(id));
  const [sandbox, own] = await bothSettled(
    openNetwork(services, op, id, signal),
    new ExecMounts(services, sources, inputs, directory, held, signal).prepare(op),
  );
  const mounts = [...writeEtcFiles(directory, networks, sandbox, op), ...own.specs];
  const stubs = new MountStubs(rootfs, mounts.map(({ destination }) => destination).filter(isInRootfs));
  const spec = bundleSpec(services, op, { id, rootfs, sandbox, mounts, env: own.env });
  const exit = await runBundle(services, spec, directory, { signal, tell, held });
  stubs.remove();
  return exit;
}

/** The runtime mounts file systems there: what it makes below them is in no layer. */
const isInRootfs = (path: string): boolean => !/^\/(?:proc|sys|dev)(?:\/|$)/.test(path);

async function openNetwork(
  { networks }: BuildServices,
  { network, hostname: name = hostname }: ExecOp,
  id: string,
  signal: AbortSignal,
): Promise<Sandbox | undefined> {
  if (network === 'host') return undefined;
  if (network.startsWith('container:'))
    throw invalid(`network mode ${JSON.stringify(network)} is not supported for builds`);
  const joined = network === 'default' || network === '' ? 'bridge' : network;
  const endpoints = network === 'none' ? [] : [{ network: joined }];
  return networks.open(
    { containerId: id, containerName: id, hostname: name, endpoints, ports: [], dns: {}, isQuiet: true },
    { signal },
  );
}

interface Prepared {
  readonly id: string;
  readonly rootfs: string;
  readonly sandbox: Sandbox | undefined;
  readonly mounts: readonly MountSpec[];
  /** What the client alone knows. */
  readonly env: readonly string[];
}

const DEFAULT_SHM = 64 << 20;
const own: NamespaceSource = { mode: 'private' };

function bundleSpec(
  { runtime, cgroupnsMode = runtime.cgroupVersion === 1 ? 'host' : 'private' }: BuildServices,
  op: ExecOp,
  { id, rootfs, sandbox, mounts, env: given }: Prepared,
): BundleSpec {
  const user = resolveUser(rootfs, op.user);
  const insecure = op.insecure ?? false;
  const env = [...op.hiddenEnv, ...op.env, ...given];
  return {
    id,
    rootfs,
    readonlyRootfs: false,
    hostname: op.hostname ?? hostname,
    domainname: '',
    process: {
      args: op.args,
      env: env.some((entry) => entry.startsWith('HOME=')) ? env : [...env, `HOME=${user.home}`],
      cwd: op.cwd,
      user,
      tty: false,
      capabilities: resolveCapabilities({ privileged: insecure, add: [], drop: [] }),
      noNewPrivileges: false,
      ...(op.ulimits && { rlimits: op.ulimits }),
    },
    ...(op.cgroupParent !== undefined && { cgroupParent: op.cgroupParent }),
    mounts,
    shmSize: op.shmSize ?? DEFAULT_SHM,
    privileged: insecure,
    namespaces: {
      network: sandbox ? { mode: 'path', path: sandbox.netnsPath } : { mode: 'host' },
      pid: own,
      ipc: own,
      uts: own,
      cgroup: cgroupnsMode === 'host' ? { mode: 'host' } : own,
    },
    resources: op.resources ?? {},
    devices: [],
    sysctls: {},
    seccomp: insecure ? 'unconfined' : 'default',
    init: false,
  };
}

/** Runs a container to its end; an abort kills it. */
async function runBundle(
  { runtime, paths }: BuildServices,
  spec: BundleSpec,
  directory: string,
  { signal, tell, held }: Omit<Place, 'id' | 'rootfs'>,
): Promise<ExitStatus> {
  const bundle = join(paths.bundles, spec.id);
  const logPath = join(directory, 'log');
  closeSync(openSync(logPath, 'a', 0o600));
  await using _log = new LogFollower(logPath, (stream, data) => tell({ type: 'output', stream, data }));
  held.defer(() => runtime.delete(spec.id, bundle));
  using listening = new DisposableStack();
  const container = await runtime.create({ bundle, logPath, spec, stdin: false, stdinOnce: true, signal });
  await runtime.start(spec.id);
  await Promise.race([container.exited, aborted(signal, listening)]);
  if (signal.aborted) await runtime.kill(spec.id, 9, { all: true }).catch(() => {}); // it may have ended by itself
  return container.exited;
}

function aborted(signal: AbortSignal, held: DisposableStack): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  const stop = (): void => resolve();
  signal.addEventListener('abort', stop, { once: true });
  held.defer(() => signal.removeEventListener('abort', stop));
  return promise;
}
