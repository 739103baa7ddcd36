import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import type { Child } from '../kernel/child.ts';
import { openProcess } from './conmon/find-monitor.ts';

/** How long Docker lets processes in the background write on after the program of an exec ended. */
const grace = 2000;
const interval = 500;

/**
 * The exit code of an exec's program, though something that it left in the background holds its streams open: `runc exec` would wait for
 * that, maybe for ever. Needs a kernel that tells the exit code of a reaped process (6.15); older ones wait as runc does.
 */
export function exitDespiteLingerers(
  child: Child,
  streams: { readonly stdout: Readable | undefined; readonly stderr: Readable | undefined },
  pid: number,
  exited: Promise<number>,
): Promise<number> {
  const program = openProcess(pid);
  if (!program) return exited;
  return new Promise((resolve) => {
    let endedFor = 0;
    const timer = setInterval(() => {
      if (program.ended) endedFor += interval;
      const code = endedFor > grace ? program.exitCode() : undefined;
      if (code === undefined) return;
      child.kill(constants.signals.SIGKILL);
      streams.stdout?.destroy();
      streams.stderr?.destroy();
      settle(code);
    }, interval).unref();
    const settle = (code: number): void => {
      clearInterval(timer);
      program.close();
      resolve(code);
    };
    void exited.then(settle);
  });
}
