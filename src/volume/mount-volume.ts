import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { internal, messageOf } from '../lib/errors.ts';
import { MS, mount, unmount } from '../kernel/mount.ts';

/** Words of mount(8)'s `-o` that are flags of mount(2); `[set, clear]`. All else goes to the file system as data. */
const words: Readonly<Record<string, readonly [set: number, clear: number]>> = {
  defaults: [0, 0],
  ro: [MS.RDONLY, 0],
  rw: [0, MS.RDONLY],
  nosuid: [MS.NOSUID, 0],
  suid: [0, MS.NOSUID],
  nodev: [MS.NODEV, 0],
  dev: [0, MS.NODEV],
  noexec: [MS.NOEXEC, 0],
  exec: [0, MS.NOEXEC],
  noatime: [MS.NOATIME, 0],
  atime: [0, MS.NOATIME],
  bind: [MS.BIND, 0],
  rbind: [MS.BIND | MS.REC, 0],
  sync: [16, 0],
  async: [0, 16],
  dirsync: [128, 0],
  nodiratime: [2048, 0],
  relatime: [1 << 21, 0],
  strictatime: [1 << 24, 0],
};

/** Splits `-o` text into mount(2)'s flags and data. */
export function parseMountOptions(text: string): { flags: number; data: string } {
  let flags = 0;
  const data: string[] = [];
  for (const word of text.split(',').filter(Boolean)) {
    const [set, clear] = words[word] ?? [];
    if (set === undefined || clear === undefined) data.push(word);
    else flags = (flags | set) & ~clear;
  }
  return { flags, data: data.join(',') };
}

/** Mounts a volume that has options at its directory. Throws with Docker's text. */
export async function mountVolume(options: Readonly<Record<string, string>>, target: string): Promise<void> {
  const { device = '', type = '' } = options;
  const { flags, data } = parseMountOptions(options['o'] ?? '');
  try {
    mount(device, target, type, flags, await resolveAddress(type, data));
    if (flags & MS.BIND && flags & MS.RDONLY) remountReadOnly(target, flags);
  } catch (error) {
    throw internal(
      `error while mounting volume '${target}': failed to mount local volume: mount ${device}:${target}` +
        `${flags ? `, flags: 0x${flags.toString(16)}` : ''}${data ? `, data: ${data}` : ''}: ${messageOf(error)}`,
      error,
    );
  }
}

/** A bind mount takes its flags only when it is mounted again. */
function remountReadOnly(target: string, flags: number): void {
  try {
    mount('', target, '', (flags & ~MS.REC) | MS.REMOUNT | MS.RDONLY);
  } catch (error) {
    unmount(target);
    throw error;
  }
}

/** The kernel wants the address of a network file system's server, people give its name. */
async function resolveAddress(type: string, data: string): Promise<string> {
  const name = /(?:^|,)addr=([^,]+)/.exec(data)?.[1];
  if (name === undefined || isIP(name) || !/^(nfs\d?|cifs)$/.test(type)) return data;
  const { address } = await lookup(name);
  return data.replace(`addr=${name}`, `addr=${address}`);
}

/** Whether something is mounted at exactly this directory. */
export function isMountPoint(path: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[4] === path);
}
