import { invalid } from '../../lib/errors.ts';
import type { MountRequest } from '../types.ts';

const flags = new Set([
  'defaults', 'ro', 'rw', 'suid', 'nosuid', 'dev', 'nodev', 'exec', 'noexec', 'sync', 'async', 'dirsync', 'remount', 'mand',
  'nomand', 'atime', 'noatime', 'diratime', 'nodiratime', 'bind', 'rbind', 'unbindable', 'runbindable', 'private', 'rprivate',
  'shared', 'rshared', 'slave', 'rslave', 'relatime', 'norelatime', 'strictatime', 'nostrictatime',
]); // prettier-ignore
const named = new Set(['size', 'mode', 'uid', 'gid', 'nr_inodes', 'nr_blocks', 'mpol', 'huge']);

/** Refuses an option of `--tmpfs /x:options` that the kernel does not know, with Docker's text. */
export function checkTmpfsOptions(options: string, origin: MountRequest['origin']): void {
  for (const option of options.split(',')) {
    const [name = '', value] = option.split('=', 2);
    if (option === '' || flags.has(option) || (value !== undefined && named.has(name))) continue;
    if (origin === 'mounts')
      throw invalid(`invalid mount config for type "tmpfs": invalid option: ${option}`);
    throw invalid(`invalid tmpfs option ${JSON.stringify(option)}`);
  }
}
