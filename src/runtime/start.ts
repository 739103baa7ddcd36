import { constants, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { conflict, hasCode, internal } from '../lib/errors.ts';
import { runRuntime } from './run-runtime.ts';
import type { RuntimeContext } from './context.ts';
import { findContainer, type MonitoredContainer } from './monitored-container.ts';

/**
 * Lets a created container's program run. runc's init waits until somebody opens its exec.fifo, writes one byte and executes the
 * program; `runc start` does no more than read that byte and unlink the file when there are no hooks, and takes 6 ms for it.
 */
export async function startContainer(context: RuntimeContext, id: string): Promise<void> {
  const container = findContainer(context, id);
  if (container.hasExited) throw conflict(`Container ${id} ended before it was started`);
  if (!context.native) await runRuntime(context, container.bundle, ['start', id]);
  else await releaseInit(join(context.command.stateDir, id, 'exec.fifo'), container);
}

async function releaseInit(fifo: string, container: MonitoredContainer): Promise<void> {
  const fd = openFifo(fifo, container.id);
  const socket = new Socket({ fd, readable: true, writable: false });
  try {
    await Promise.race([
      new Promise((resolve, reject) => socket.once('data', resolve).once('error', reject)),
      container.exited.then(() => {
        throw internal(`Container ${container.id} ended while it was started`);
      }),
    ]);
    unlinkSync(fifo);
  } finally {
    socket.destroy();
  }
}

function openFifo(fifo: string, id: string): number {
  try {
    return openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw conflict(`Container ${id} is already running`, error);
    throw error;
  }
}
