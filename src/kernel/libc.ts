import { constants } from 'node:os';
import koffi from 'koffi';

/** libc by FFI: the system calls that Node lacks. Every file of this folder declares the functions it needs from here. */
export const libc = koffi.load('libc.so.6');

const names = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** A system call that failed. `code` is the name of errno, such as `EBUSY`, as on Node's own errors. */
export class KernelError extends Error {
  readonly errno: number;
  readonly code: string;

  constructor(call: string, errno: number) {
    const code = names.get(errno) ?? `errno ${errno}`;
    super(`${call}: ${code}`);
    this.name = 'KernelError';
    this.errno = errno;
    this.code = code;
  }
}

const strerror = libc.func('const char *strerror(int number)');

/** What an errno means, as Go's programs print it: `no such file or directory`. */
export function errnoText(errno: number): string {
  const text = strerror(errno) as string;
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Passes on the result of a call, or throws KernelError when it is negative. Call it before anything else can change errno. */
export function check(result: number | bigint, call: string): number {
  if (result < 0) throw new KernelError(call, koffi.errno());
  return Number(result);
}
