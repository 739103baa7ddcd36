import { openSync } from 'node:fs';
import { check, libc } from './libc.ts';

const setnsCall = libc.func('int setns(int fd, int type)');
const unshareCall = libc.func('int unshare(int flags)');

const CLONE_NEWNET = 0x40000000;
const ownNamespace = '/proc/thread-self/ns/net';

let home: number | undefined;

/** The namespace that this thread started in. */
function homeNamespace(): number {
  return (home ??= openSync(ownNamespace, 'r'));
}

/**
 * Runs `work` with this thread inside the network namespace `fd`. `work` must be synchronous to the last call: a thread of the
 * pool that is started inside would stay there. Use it in a thread of its own, never in the main one.
 */
export function inNetns<T>(fd: number, work: () => T): T {
  const back = homeNamespace();
  check(setnsCall(fd, CLONE_NEWNET), 'setns');
  try {
    return work();
  } finally {
    check(setnsCall(back, CLONE_NEWNET), 'setns back');
  }
}

/** A new network namespace that only the returned descriptor keeps alive. `work` runs inside it; see `inNetns`. */
export function newNetns<T>(work: () => T): { fd: number; result: T } {
  const back = homeNamespace();
  check(unshareCall(CLONE_NEWNET), 'unshare(CLONE_NEWNET)');
  try {
    const fd = openSync(ownNamespace, 'r');
    return { fd, result: work() };
  } finally {
    check(setnsCall(back, CLONE_NEWNET), 'setns back');
  }
}
