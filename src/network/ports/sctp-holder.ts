import { closeSync } from 'node:fs';
import { openBoundSocket } from '../../kernel/socket.ts';
import type { Listener } from './listener.ts';

/** Holds an SCTP port. Node has no sockets of this kind, so nothing is passed on here: the kernel leads packets to the container. */
export function holdSctp(address: string, port: number): Listener {
  const fd = openBoundSocket('sctp', address, port);
  return { retarget: () => {}, close: () => closeSync(fd) };
}
