import type { Duplex } from 'node:stream';
import { hasHungUp } from '../kernel/hang-up.ts';
import { descriptorOf } from './descriptor-of.ts';

/** Milliseconds between two looks at a client whose input has ended. */
const INTERVAL = 1000;

/**
 * Destroys a connection when its client is gone. Most clients end their input early and read on; that one has stopped reading, too, Node
 * would notice at the next output, which a silent container never has.
 */
export function endWithReader(socket: Duplex, interval = INTERVAL): void {
  socket.once('end', () => {
    const timer = setInterval(() => {
      const fd = descriptorOf(socket);
      if (fd !== undefined && hasHungUp(fd)) socket.destroy();
    }, interval);
    timer.unref();
    socket.once('close', () => clearInterval(timer));
  });
}
