import { check, libc } from './libc.ts';

const fcntl = libc.func('int fcntl(int fd, int command, int argument)');
const F_SETFD = 2;

/** Lets a program that replaces this one keep a file descriptor. (Node closes at exec what it was handed over.) */
export function keepAcrossExec(fd: number): void {
  check(fcntl(fd, F_SETFD, 0), `fcntl ${fd}`);
}
