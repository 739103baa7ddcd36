import { libc } from './libc.ts';

const poll = libc.func('int poll(_Inout_ uint8_t *fds, unsigned long count, int timeout)');

/** poll(2) */
const POLLHUP = 0x10;

/** Whether a unix socket's other side is closed as a whole, and not for writing alone. */
export function hasHungUp(fd: number): boolean {
  const entry = Buffer.alloc(8); // struct pollfd: no events are asked for, a hang-up is always told
  entry.writeInt32LE(fd, 0);
  return poll(entry, 1, 0) === 1 && (entry.readInt16LE(6) & POLLHUP) !== 0;
}
