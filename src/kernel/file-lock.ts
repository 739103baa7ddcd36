import { check, libc } from './libc.ts';

const flock = libc.func('int flock(int fd, int operation)');

const LOCK_EX = 2;
const LOCK_NB = 4;

/**
 * Locks an open file for this process alone, without waiting (flock(2)). Gone when the descriptor is closed, so also when the
 * process dies. Throws KernelError, EAGAIN when another process has it.
 */
export function lockFile(fd: number): void {
  check(flock(fd, LOCK_EX | LOCK_NB), 'flock');
}
