import { closeSync, constants, openSync } from 'node:fs';
import { libc } from './libc.ts';

const ioctl = libc.func('int ioctl(int fd, unsigned long request, _Inout_ uint8_t *data)');

/** linux/fs.h */
const FS_IOC_GETFLAGS = 0x8008_6601;
const FS_IOC_SETFLAGS = 0x4008_6602;
const FS_TOPDIR_FL = 0x2_0000;

/**
 * Says that what is in the directories of this directory has nothing to do with one another (chattr(1), T). Ext2 to 4 then put each of them
 * somewhere else on the disk. Otherwise all go where others were removed, and without a journal ext4 looks for every new file through
 * all that were removed there in the last minutes: ten times the time. Other file systems don't know the flag.
 */
export function spreadDirectories(path: string): void {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const flags = Buffer.alloc(8);
    if (ioctl(fd, FS_IOC_GETFLAGS, flags) < 0) return;
    const known = flags.readUInt32LE();
    if (known & FS_TOPDIR_FL) return;
    flags.writeUInt32LE((known | FS_TOPDIR_FL) >>> 0);
    ioctl(fd, FS_IOC_SETFLAGS, flags); // where that is refused, all is as it was
  } finally {
    closeSync(fd);
  }
}
