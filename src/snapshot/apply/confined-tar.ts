import { mkdirSync, rmSync } from 'node:fs';
import { start } from '../../lib/exec.ts';

/*
 * The second wall behind layer-rewriter.ts: GNU tar runs in its own mount namespace whose root is an empty tmpfs with /usr, read-only,
 * and the layer's directory, so that it can reach nothing else whatever it is made to do. Costs some 8 ms a layer.
 */
const script = `
umask 022
mount -n -t tmpfs -o size=64k,mode=755,nosuid,nodev none "$1"
cd "$1"
mkdir usr layer old
for d in bin lib lib32 lib64; do
  if [ -L "/$d" ]; then ln -s "usr/$d" "$d"
  elif [ -d "/$d" ]; then mkdir "$d"; mount -n --bind "/$d" "$d"; mount -n -o remount,bind,ro,nosuid,nodev "$d"
  fi
done
mount -n --bind /usr usr
mount -n -o remount,bind,ro,nosuid,nodev usr
mount -n --bind "$2" layer
mount -n -o remount,bind,nosuid,nodev layer
shift 2
if pivot_root . old 2>/dev/null; then
  cd /layer
  chroot /old umount -n -l /
  exec tar "$@"
fi
exec chroot . /usr/bin/env -C /layer tar "$@" # no pivot on an initial ramfs
`;

const tarArguments = [
  '--extract',
  '--file=-',
  '--xattrs',
  '--xattrs-include=*',
  '--numeric-owner',
  '--same-owner',
  '--same-permissions',
  '-P',
  '--no-acls',
  '--no-selinux',
  '--blocking-factor=256',
];

/** What tar says when nothing more can be written; a write that is cut short has no reason with it. */
export const NO_ROOM = /No space left|Wrote only \d+ of/;

type ChildProcess = ReturnType<typeof start>;

export interface ConfinedTar {
  readonly child: ChildProcess;
  /** Exit status (undefined: killed or not started) and what it said. */
  readonly ended: Promise<{ status: number | undefined; stderr: string }>;
}

/** Extracts the archive that comes from `input` (a descriptor, which the caller closes) into `directory`. `scratch` is an empty directory for its root. */
export function startConfinedTar(input: number, directory: string, scratch: string): ConfinedTar {
  mkdirSync(scratch);
  const args = ['-m', '/bin/sh', '-ec', script, 'sh', scratch, directory, ...tarArguments];
  const child = start('unshare', args, {
    stdio: [input, 'ignore', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' },
  });
  // it would go on to the end of the archive, however long that is
  child.stderr?.on('data', (text: Buffer) => {
    if (NO_ROOM.test(text.toString('latin1'))) child.kill('SIGKILL');
  });
  const ended = outcomeOf(child).finally(() => rmSync(scratch, { recursive: true, force: true }));
  return { child, ended };
}

const KEPT = 4096;

/** Waits for a child's end; never rejects. */
export function outcomeOf(child: ChildProcess): Promise<{ status: number | undefined; stderr: string }> {
  let stderr = '';
  child.stderr?.on('data', (text: Buffer) => {
    if (stderr.length < KEPT) stderr += text.toString('utf8').slice(0, KEPT);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ status: undefined, stderr: error.message }));
    child.once('close', (code) => resolve({ status: code ?? undefined, stderr: stderr.trim() }));
  });
}
