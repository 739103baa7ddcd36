import { rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { openFifoReader } from '../kernel/fifo.ts';
import { conflict, hasCode } from '../lib/errors.ts';
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
  if (container.releasedAt > 0) throw conflict(`Container ${id} is already running`);
  if (!context.native) await runRuntime(context, container.bundle, ['start', id]);
  else await releaseInit(join(context.command.stateDir, id, 'exec.fifo'), container);
  container.releasedAt = performance.now();
}

/**
 * Our open is what init waits for. Its byte comes soon after, and until then our end stays open: writing to nobody would end init. So a
 * start counts as done when the byte is there; if the engine dies before that, the container was not started.
 */
async function releaseInit(fifo: string, container: MonitoredContainer): Promise<void> {
  const reader = new Socket({ fd: openFifo(fifo, container.id), readable: true, writable: false });
  rmSync(fifo, { force: true });
  const written = new Promise((resolve) => reader.once('data', resolve).once('close', resolve));
  reader.on('error', () => {}); // it closes then
  await Promise.race([written, container.exited]);
  reader.destroy();
}

function openFifo(fifo: string, id: string): number {
  try {
    return openFifoReader(fifo);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw conflict(`Container ${id} is already running`, error);
    throw error;
  }
}
