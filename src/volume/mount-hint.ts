import { existsSync, readFileSync } from 'node:fs';
import { hasCode } from '../lib/errors.ts';

interface Tried {
  readonly device?: string;
  readonly type?: string;
  readonly flags: number;
  readonly data?: string;
}

/** Words after a failed mount's message that say what to do, where that is known; empty where it is not. */
export function hintFor(code: string, { device = '', type = '', data = '' }: Tried): string {
  if (code === 'ENODEV' && type !== '' && !knowsFileSystem(type)) return missingFileSystem(type);
  if (code === 'ENOENT' && device.startsWith('/') && !device.startsWith('//') && !existsSync(device))
    return ` (${device} does not exist on this host: create it first)`;
  if (code === 'EINVAL' && type.startsWith('nfs') && !/(?:^|,)addr=/.test(data))
    return ' (the kernel wants the address of the server: add addr=SERVER to the option o)';
  if (code === 'ENOTBLK') return ` (${device} is no block device: for a directory use type=none and o=bind)`;
  return '';
}

function missingFileSystem(type: string): string {
  const packages: Readonly<Record<string, string>> = {
    nfs: 'nfs-common',
    nfs4: 'nfs-common',
    cifs: 'cifs-utils',
  };
  const install = packages[type] === undefined ? '' : `, and on the host ${packages[type]}`;
  return ` (this kernel has no file system "${type}": it needs the module${install})`;
}

function knowsFileSystem(type: string): boolean {
  try {
    return readFileSync('/proc/filesystems', 'utf8')
      .split('\n')
      .some((line) => line.endsWith(`\t${type}`));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return true; // nothing can be said
    throw error;
  }
}
