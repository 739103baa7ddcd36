import { libc } from './libc.ts';

const exitCall = libc.func('void _exit(int status)');

/**
 * _exit(2): ends the process with all its threads at once. `process.exit` first joins V8's compiler threads, and one that waits for a
 * garbage collection at that moment is never done (Node 26.10).
 */
export function exitNow(status: number): never {
  exitCall(status);
  throw new Error('unreachable: the process has ended');
}
