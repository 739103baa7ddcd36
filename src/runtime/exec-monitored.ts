import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { makeFifo, openFifoReader } from '../kernel/fifo.ts';
import { resizeTerminal } from './conmon/control.ts';
import { openInputOrNone } from './conmon/input.ts';
import { awaitExecExit, awaitStart, launchMonitor, type Monitor } from './conmon/launch.ts';
import { OutputDecoder } from './conmon/output.ts';
import type { RuntimeContext } from './context.ts';
import type { ExecJob } from './exec.ts';
import { unknownExitCode } from './settle-exit.ts';
import { killProcess } from './signal-process.ts';
import type { ExecHandle } from './types.ts';

/** An exec with a conmon of its own: it holds the terminal, and goes on when the engine dies. */
export async function execMonitored(context: RuntimeContext, job: ExecJob): Promise<ExecHandle> {
  const { directory, options } = job;
  const attached = !options.detach;
  const output = attached ? openOutput(join(directory, 'output')) : undefined;
  try {
    const monitor = launch(context, job, output !== undefined);
    const pid = await awaitStart(monitor, options.signal);
    if (options.signal?.aborted) {
      if (typeof pid === 'number') killProcess(pid);
      throw options.signal.reason;
    }
    if (typeof pid === 'object') throw job.failure(pid.failure);
    const exited = awaitExecExit(monitor).then(
      (code) => code ?? unknownExitCode,
      () => unknownExitCode,
    );
    return {
      pid,
      stdin: attached && options.stdin ? openInputOrNone(directory) : undefined,
      stdout: output,
      stderr: undefined,
      exited,
      async resize(size) {
        if (job.tty) resizeTerminal(directory, size);
      },
    };
  } catch (error) {
    output?.destroy();
    throw error;
  }
}

function launch(context: RuntimeContext, job: ExecJob, withOutput: boolean): Monitor {
  const { directory, options } = job;
  return launchMonitor(
    context.monitor,
    {
      id: job.containerId,
      runtime: context.command,
      directory,
      log: withOutput ? `k8s-file:${join(directory, 'output')}` : 'none',
      tty: job.tty,
      stdin: options.stdin,
      leaveStdinOpen: false,
      execProcess: job.processFile,
    },
    context.monitors,
  );
}

/** conmon's log is a FIFO that we read: prompt, complete, and conmon waits when we are slow. It ends with conmon. */
function openOutput(path: string): Readable {
  makeFifo(path);
  const source = new Socket({ fd: openFifoReader(path), readable: true, writable: false });
  const decoder = new OutputDecoder();
  source.on('error', (error) => decoder.destroy(error));
  decoder.once('close', () => source.destroy());
  return source.pipe(decoder);
}
