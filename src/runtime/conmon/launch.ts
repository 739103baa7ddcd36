import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { start } from '../../lib/exec.ts';
import { monitorArguments, type MonitorOptions } from './arguments.ts';
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
  readonly pid: number;
  readonly sync: SyncPipe;
  readonly ended: Promise<number | undefined>;
  kill(): void;
}

/**
 * Starts conmon in a session of its own, so that neither Ctrl-C on an engine in the foreground nor the engine's death reaches it.
 * Its messages come on file descriptor 3; times in its log are UTC.
 */
export function launchMonitor(program: string, options: MonitorOptions): Monitor {
  const log = openSync(join(options.directory, monitorFiles.log), 'a', 0o600);
  let child: ChildProcess;
  try {
    child = start(program, monitorArguments(options), {
      cwd: options.directory,
      detached: true,
      env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', TZ: 'UTC', _OCI_SYNCPIPE: '3' },
      stdio: ['ignore', 'ignore', log, 'pipe'],
    });
  } finally {
    closeSync(log);
  }
  const ended = endOf(child);
  const sync = new SyncPipe(child.stdio[3] as Readable);
  if (child.pid !== undefined) writeFileSync(join(options.directory, monitorFiles.pid), String(child.pid));
  return { pid: child.pid ?? -1, sync, ended, kill: () => void child.kill('SIGKILL') };
}

function endOf(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => resolve(code ?? undefined));
    child.once('error', reject);
  });
}
