import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { Child } from '../../kernel/child.ts';
import { openPipe } from '../../kernel/pipe.ts';
import { monitorArguments, type MonitorOptions } from './arguments.ts';
import { lastError } from './last-error.ts';
import { SyncPipe } from './sync-pipe.ts';

/** Names of the files that conmon and we keep in a container's bundle. */
export const monitorFiles = {
  /** pid of conmon */
  pid: 'conmon.pid',
  /** what conmon itself complains about */
  log: 'conmon.log',
  /** SEQPACKET socket for standard input */
  attach: 'attach',
  /** FIFO for resizes and for reopening the log */
  control: 'ctl',
  /** there once the kernel killed a process for lack of memory */
  oom: 'oom',
} as const;

/** A conmon that was started. `ended` resolves with its exit status when it has ended; undefined when a signal killed it. */
export interface Monitor {
  readonly directory: string;
  readonly sync: SyncPipe;
  readonly ended: Promise<number | undefined>;
  kill(): void;
  /** Our process may end before it. */
  unref(): void;
}

/** conmon's messages are a few lines. */
const messagesSize = 4096;

/**
 * Starts conmon in a session of its own, so that neither Ctrl-C on an engine in the foreground nor the engine's death reaches it.
 * Its messages come on file descriptor 3; times in its log are UTC. It is in `running` until it ends.
 */
export function launchMonitor(program: string, options: MonitorOptions, running: Set<Monitor>): Monitor {
  const { directory } = options;
  const { child, messages } = startMonitor(program, options);
  const sync = new SyncPipe(new Socket({ fd: messages, readable: true, writable: false }));
  writeFileSync(join(directory, monitorFiles.pid), String(child.pid));
  const monitor: Monitor = {
    directory,
    sync,
    ended: child.ended.then((exit) => ('code' in exit ? exit.code : undefined)),
    kill: () => void child.kill(constants.signals.SIGKILL),
    unref() {
      child.unref();
      sync.close();
    },
  };
  running.add(monitor);
  void child.ended.then(() => running.delete(monitor));
  return monitor;
}

/** The process, and our end of the pipe that its messages come on. */
function startMonitor(program: string, options: MonitorOptions): { child: Child; messages: number } {
  const log = openSync(join(options.directory, monitorFiles.log), 'a', 0o600);
  const pipe = openPipe(messagesSize);
  try {
    const child = Child.spawn(program, {
      args: monitorArguments(options),
      cwd: options.directory,
      env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', TZ: 'UTC', _OCI_SYNCPIPE: '3' },
      descriptors: [undefined, undefined, log, pipe.write],
    });
    return { child, messages: pipe.read };
  } catch (error) {
    closeSync(pipe.read);
    throw error;
  } finally {
    closeSync(log);
    closeSync(pipe.write);
  }
}

/** How long a start that was given up may take to end by itself: killed half-way it could leave something behind. */
const abortPatience = 2000;

/**
 * The pid of what the monitor was to start, or what it said when that failed. An abort does not interrupt a start that goes well: the
 * caller looks at the signal afterwards, and undoes it.
 */
export async function awaitStart(
  monitor: Monitor,
  signal: AbortSignal | undefined,
): Promise<number | { failure: string }> {
  let timer: NodeJS.Timeout | undefined;
  const abort = (): void => {
    timer = setTimeout(() => monitor.kill(), abortPatience);
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const message = await monitor.sync.next();
    if (message && message.data > 0) return message.data;
    await monitor.ended;
    // of an exec of crun conmon tells nothing
    return { failure: message?.message ?? lastError(monitor.directory) ?? lastWords(monitor) };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/**
 * The exit code of an exec, which conmon tells on its pipe: closing that early would make conmon fail. Undefined when it was killed.
 */
export async function awaitExecExit(monitor: Monitor): Promise<number | undefined> {
  const message = await monitor.sync.next();
  const status = await monitor.ended;
  return message && message.data >= 0 ? message.data : status;
}

/** The last thing that conmon complained about in its log. */
function lastWords(monitor: Monitor): string {
  const text = readFileSync(join(monitor.directory, monitorFiles.log), 'utf8').trim();
  return text.split('\n').at(-1) || 'the monitor ended without a word';
}
