import { MS } from '../kernel/mount.ts';

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
  sync: [MS.SYNCHRONOUS, 0],
  async: [0, MS.SYNCHRONOUS],
  dirsync: [MS.DIRSYNC, 0],
  remount: [MS.REMOUNT, 0],
  mand: [MS.MANDLOCK, 0],
  nomand: [0, MS.MANDLOCK],
  noatime: [MS.NOATIME, 0],
  atime: [0, MS.NOATIME],
  nodiratime: [MS.NODIRATIME, 0],
  diratime: [0, MS.NODIRATIME],
  relatime: [MS.RELATIME, 0],
  norelatime: [0, MS.RELATIME],
  strictatime: [MS.STRICTATIME, 0],
  nostrictatime: [0, MS.STRICTATIME],
  bind: [MS.BIND, 0],
  rbind: [MS.BIND | MS.REC, 0],
  unbindable: [MS.UNBINDABLE, 0],
  runbindable: [MS.UNBINDABLE | MS.REC, 0],
  private: [MS.PRIVATE, 0],
  rprivate: [MS.PRIVATE | MS.REC, 0],
  slave: [MS.SLAVE, 0],
  rslave: [MS.SLAVE | MS.REC, 0],
  shared: [MS.SHARED, 0],
  rshared: [MS.SHARED | MS.REC, 0],
};

const propagation = MS.UNBINDABLE | MS.PRIVATE | MS.SLAVE | MS.SHARED;

export interface MountFlags {
  /** All flags as given, which Docker's messages tell. */
  readonly flags: number;
  /** Those that say how mounts spread, which take a call of their own; 0 = none. */
  readonly spread: number;
  readonly data: string;
}

/** Splits `-o` text into mount(2)'s flags and data. */
export function parseMountOptions(text: string): MountFlags {
  let flags = 0;
  const data: string[] = [];
  for (const word of text.split(',').filter(Boolean)) {
    const [set, clear] = words[word] ?? [];
    if (set === undefined || clear === undefined) data.push(word);
    else flags = (flags | set) & ~clear;
  }
  const spread = flags & propagation;
  return {
    flags: flags & ~propagation,
    spread: spread === 0 ? 0 : spread | (flags & MS.REC),
    data: data.join(','),
  };
}
