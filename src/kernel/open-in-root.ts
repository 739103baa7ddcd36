import { closeSync, constants } from 'node:fs';
import { check, libc } from './libc.ts';

const syscall = libc.func('long syscall(long number, ...)');

const SYS_openat2 = 437;
const AT_FDCWD = -100;
const O_PATH = 0o10000000;

const O_CLOEXEC = 0o2000000;
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_BENEATH = 0x08;
const RESOLVE_IN_ROOT = 0x10;

/**
 * Opens `path` as a process would whose root is `root`: symlinks and `..` can't lead out, whoever changes the tree meanwhile
 * (openat2(2), RESOLVE_IN_ROOT). Returns a file descriptor for the caller to close; throws KernelError with ENOENT, ELOOP, ….
 */
export function openInRoot(root: string, path: string, flags: number): number {
  return openBelow(root, path, flags, RESOLVE_IN_ROOT);
}

/** Like `openInRoot`, but a symlink or `..` that leads out is an error: EXDEV. */
export function openBeneath(root: string, path: string, flags: number): number {
  return openBelow(root, path, flags, RESOLVE_BENEATH);
}

function openBelow(root: string, path: string, flags: number, how: number): number {
  const rootFd = openAt(AT_FDCWD, root, O_PATH | constants.O_DIRECTORY, 0n);
  try {
    return openAt(rootFd, path, flags, BigInt(how | RESOLVE_NO_MAGICLINKS));
  } finally {
    closeSync(rootFd);
  }
}

function openAt(directory: number, path: string, flags: number, resolve: bigint): number {
  const how = Buffer.alloc(24); // struct open_how: flags, mode, resolve
  how.writeBigUInt64LE(BigInt(flags | O_CLOEXEC), 0);
  how.writeBigUInt64LE(resolve, 16);
  const fd = syscall(
    SYS_openat2,
    'int',
    directory,
    'const char *',
    path,
    'const uint8_t *',
    how,
    'size_t',
    24,
  );
  return check(fd, `open ${path}`);
}
