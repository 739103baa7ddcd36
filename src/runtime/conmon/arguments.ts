import { join } from 'node:path';

/** The OCI runtime as conmon calls it. */
export interface RuntimeCommand {
  readonly program: string;
  /** Directory of the runtime's state. */
  readonly stateDir: string;
}

export interface MonitorOptions {
  readonly id: string;
  readonly runtime: RuntimeCommand;
  /** The container's bundle, or the directory of an exec. Unix sockets and FIFOs are made in it. */
  readonly directory: string;
  /** As conmon's --log-path takes it: `k8s-file:PATH` or `none`. */
  readonly log: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly leaveStdinOpen: boolean;
  /** Where the exit code of a container is left; none for an exec. */
  readonly exitsDir?: string;
  /** File with the process (config.md#process) that joins a running container. */
  readonly execProcess?: string;
  /** Directory of a checkpoint to restore. */
  readonly restoreFrom?: string;
}

/** The runtime's own errors, one JSON object a line, in the directory of a container or exec. */
export const runtimeLog = (directory: string): string => join(directory, 'runtime.log');

/** The pid of the container's init or of the exec, as the runtime writes it. */
export const pidFile = (directory: string): string => join(directory, 'pid');

/**
 * Arguments for conmon 2.x. With `--sync` it forks once, so it stays our child and ends with the container's exit status.
 * The attach socket's path must stay below 108 bytes, hence `--full-attach` and short directories.
 */
export function monitorArguments(options: MonitorOptions): string[] {
  const { runtime, directory } = options;
  const args = ['--sync', '--api-version', '1', '--full-attach', '--no-sync-log', '--log-level', 'error'];
  args.push('-c', options.id, '-u', options.id, '-n', options.id, '-r', runtime.program);
  args.push('-b', directory, '-p', pidFile(directory), '-l', options.log);
  for (const arg of runtimeArguments(runtime, directory)) args.push('--runtime-arg', arg);
  if (options.exitsDir !== undefined) args.push('--exit-dir', options.exitsDir);
  if (options.execProcess !== undefined) args.push('-e', '--exec-process-spec', options.execProcess);
  if (options.restoreFrom !== undefined) args.push('--restore', options.restoreFrom);
  if (options.tty) args.push('-t');
  if (options.stdin) args.push('-i');
  if (options.leaveStdinOpen) args.push('--leave-stdin-open');
  return args;
}

/** Global arguments of runc and crun. */
export function runtimeArguments(runtime: RuntimeCommand, logDirectory: string): string[] {
  return ['--root', runtime.stateDir, '--log', runtimeLog(logDirectory), '--log-format', 'json'];
}
