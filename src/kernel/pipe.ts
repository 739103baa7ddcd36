import { closeSync } from 'node:fs';
import { check, libc } from './libc.ts';

const pipe2 = libc.func('int pipe2(_Out_ int *fds, int flags)');
const fcntl = libc.func('int fcntl(int fd, int command, int argument)');

const O_CLOEXEC = 0o2000000;
const F_SETPIPE_SZ = 1031;

export interface Pipe {
  readonly read: number;
  readonly write: number;
}

/**
 * A blocking pipe (pipe2(2)) as bare descriptors that the caller closes, with a buffer of `size` bytes where the system permits:
 * 1 MiB lets two programs stream past each other without a switch per 64 KiB.
 */
export function openPipe(size = 1 << 20): Pipe {
  const fds: [number, number] = [-1, -1];
  check(pipe2(fds, O_CLOEXEC), 'pipe2');
  fcntl(fds[1], F_SETPIPE_SZ, size); // refused above /proc/sys/fs/pipe-user-pages-soft: slower, not wrong
  return { read: fds[0], write: fds[1] };
}

export function closePipe(pipe: Pipe): void {
  closeSync(pipe.read);
  closeSync(pipe.write);
}
