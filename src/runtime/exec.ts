import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomId } from '../lib/id.ts';
import { requireDescriptors } from '../lib/descriptors.ts';
import { conflict } from '../lib/errors.ts';
import type { RuntimeContext } from './context.ts';
import { execFailure } from './diagnose/start-failure.ts';
import { execMonitored } from './exec-monitored.ts';
import { execPiped } from './exec-piped.ts';
import { findContainer } from './monitored-container.ts';
import { encodeSpec } from './spec/encode.ts';
import { makeProcess } from './spec/process.ts';
import type { StartError } from './start-error.ts';
import type { ExecHandle, ExecOptions, ProcessSpec } from './types.ts';

/** An exec under way: its files are in `directory`, which goes when it ended. */
export interface ExecJob {
  readonly containerId: string;
  readonly directory: string;
  /** The process as the runtime reads it. */
  readonly processFile: string;
  readonly tty: boolean;
  readonly options: ExecOptions;
  /** The error for what the runtime said. */
  readonly failure: (said: string) => StartError;
}

/**
 * Starts a process in a running container. With pipes the runtime itself is our child and copies (29 ms); a terminal, or a process
 * that is to outlive us, gets a monitor (37 ms). Throws StartError when the program can't be executed.
 */
export async function execProcess(
  context: RuntimeContext,
  id: string,
  bundle: string,
  process: ProcessSpec,
  options: ExecOptions,
): Promise<ExecHandle> {
  options.signal?.throwIfAborted();
  const container = findContainer(context, id);
  if (container.hasExited) throw conflict(`container ${id} is not running`);
  requireDescriptors();
  const directory = join(bundle, 'exec', randomId().slice(0, 8));
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const processFile = join(directory, 'process.json');
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  try {
    writeFileSync(processFile, encodeSpec(makeProcess(process, context.host)), { mode: 0o600 });
    const failure = (said: string): StartError =>
      execFailure(said, container.pid, process, context.host.architecture);
    const job: ExecJob = { containerId: id, directory, processFile, tty: process.tty, options, failure };
    const handle = await (options.detach || process.tty
      ? execMonitored(context, job)
      : execPiped(context, job));
    void handle.exited.then(remove);
    return handle;
  } catch (error) {
    remove();
    throw error;
  }
}
