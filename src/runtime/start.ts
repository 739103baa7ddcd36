import { closeSync, constants, openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { conflict, hasCode, internal } from '../lib/errors.ts';
import { runRuntime } from './run-runtime.ts';
import type { RuntimeContext } from './context.ts';
import { findContainer, type MonitoredContainer } from './monitored-container.ts';

/** How often the byte is looked for before a pause is made between two looks. */
const eagerTurns = 50;

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
  try {
    for (let turn = 0; !hasByte(fd); turn += 1) {
      if (container.hasExited && !hasByte(fd)) {
        throw internal(`Container ${container.id} ended while it was started`);
      }
      await (turn < eagerTurns ? setImmediate() : setTimeout(1));
    }
    rmSync(fifo, { force: true });
  } finally {
    closeSync(fd);
  }
}

/** Without waiting: the byte comes within 0.1 ms of our open, which init waited for. */
function hasByte(fd: number): boolean {
  try {
    return readSync(fd, Buffer.alloc(1)) === 1;
  } catch (error) {
    if (hasCode(error, 'EAGAIN')) return false;
    throw error;
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
