import { statfsSync } from 'node:fs';

/** Magic numbers of statfs(2), with Docker's names for them. */
const names: Readonly<Record<number, string>> = {
  0xef53: 'extfs',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x01021994: 'tmpfs',
  0x794c7630: 'overlayfs',
  0x2fc12fc1: 'zfs',
  0xf2f52010: 'f2fs',
  0x6969: 'nfs',
};

/** The kind of file system that a directory lies on. */
export function fileSystemName(path: string): string {
  try {
    return names[statfsSync(path).type] ?? '<unknown>';
  } catch {
    return '<unknown>';
  }
}
