import { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { unread } from '../kernel/unread.ts';
import { descriptorOf } from './descriptor-of.ts';

/** Milliseconds after which a client that does not read gets what there is. */
const PATIENCE = 2000;

/**
 * Resolves when the client has read the head of the answer. Some (docker-py) read more than that into a buffer, take the connection over
 * and lose what came together with the head: so nothing may come before they have it, however long they are kept from the processor.
 */
export async function headTaken(output: Writable): Promise<void> {
  const { socket } = output instanceof ServerResponse ? output : { socket: output };
  const fd = descriptorOf(socket);
  if (fd === undefined) return;
  for (let waited = 0; waited < PATIENCE && !output.destroyed; waited += 1) {
    if (output.writableLength === 0 && !unread(fd)) return;
    await delay(1);
  }
}
