import { closeSync, watch } from 'node:fs';
import { Socket } from 'node:net';
import { Child } from '../kernel/child.ts';
import { openPipe } from '../kernel/pipe.ts';
import { pidFile, runtimeArguments } from './conmon/arguments.ts';
import { lastError } from './conmon/last-error.ts';
import { readPid } from './read-text.ts';
import type { RuntimeContext } from './context.ts';
import type { ExecJob } from './exec.ts';
import { exitDespiteLingerers } from './exec-lingering.ts';
import { killProcess } from './signal-process.ts';
import type { ExecHandle } from './types.ts';

/** Our ends of the pipes to a child. */
interface Streams {
  readonly stdin: Socket | undefined;
  readonly stdout: Socket | undefined;
  readonly stderr: Socket | undefined;
}

/** `runc exec` as our child: it copies the streams and ends with the program's exit code. */
export async function execPiped(context: RuntimeContext, job: ExecJob): Promise<ExecHandle> {
  const { options, directory } = job;
  const { child, streams } = startChild(context, job);
  const exited = child.ended.then((exit) => ('code' in exit ? exit.code : 128 + exit.signal));
  const pid = await startedPid(directory, exited);
  if (options.signal?.aborted) {
    if (pid !== undefined) killProcess(pid);
    throw options.signal.reason;
  }
  if (pid === undefined) throw job.failure(lastError(directory) ?? 'the runtime ended without a word');
  return {
    pid,
    ...streams,
    exited: exitDespiteLingerers(child, streams, pid, exited),
    async resize() {},
  };
}

function startChild(context: RuntimeContext, job: ExecJob): { child: Child; streams: Streams } {
  const { options, directory } = job;
  const wanted = [options.stdin, options.stdout, options.stderr];
  const pipes = wanted.map((isWanted) => (isWanted ? openPipe() : undefined));
  const [theirs, ours] = [
    pipes.map((pipe, fd) => (fd === 0 ? pipe?.read : pipe?.write)),
    pipes.map((pipe, fd) => (fd === 0 ? pipe?.write : pipe?.read)),
  ];
  try {
    const child = Child.spawn(context.command.program, {
      args: execArguments(context, job),
      cwd: directory,
      env: process.env,
      descriptors: theirs,
    });
    const [stdin, stdout, stderr] = ours.map(streamOf);
    stdin?.on('error', () => {}); // a program that ended reads no more
    return { child, streams: { stdin, stdout, stderr } };
  } catch (error) {
    for (const fd of ours) if (fd !== undefined) closeSync(fd);
    throw error;
  } finally {
    for (const fd of theirs) if (fd !== undefined) closeSync(fd);
  }
}

const streamOf = (fd: number | undefined, target: number): Socket | undefined =>
  fd === undefined ? undefined : new Socket({ fd, readable: target !== 0, writable: target === 0 });

function execArguments(context: RuntimeContext, job: ExecJob): string[] {
  const { directory, processFile, containerId } = job;
  const global = runtimeArguments(context.command, directory);
  return [...global, 'exec', '--process', processFile, '--pid-file', pidFile(directory), containerId];
}

/** The pid that the runtime writes, by rename, once the program was executed; undefined when it ended without. */
async function startedPid(directory: string, exited: Promise<number>): Promise<number | undefined> {
  const appeared = Promise.withResolvers<number>();
  const watcher = watch(directory, { persistent: false }, () => {
    const pid = readPid(pidFile(directory));
    if (pid !== undefined) appeared.resolve(pid);
  });
  try {
    return await Promise.race([appeared.promise, exited.then(() => readPid(pidFile(directory)))]);
  } finally {
    watcher.close();
  }
}
