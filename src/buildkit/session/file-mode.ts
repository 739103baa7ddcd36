/** Go's fs.FileMode: nine permission bits, and bits of its own for everything else. */
const bits = {
  directory: 0x8000_0000,
  symlink: 0x0800_0000,
  device: 0x0400_0000,
  fifo: 0x0200_0000,
  socket: 0x0100_0000,
  setuid: 0x0080_0000,
  setgid: 0x0040_0000,
  characterDevice: 0x0020_0000,
  sticky: 0x0010_0000,
} as const;

export type FileKind = 'directory' | 'file' | 'symlink' | 'fifo' | 'character' | 'block' | 'other';

export function kindOfMode(mode: number): FileKind {
  if (mode & bits.directory) return 'directory';
  if (mode & bits.symlink) return 'symlink';
  if (mode & bits.fifo) return 'fifo';
  if (mode & bits.characterDevice) return 'character';
  if (mode & bits.device) return 'block';
  return mode & bits.socket ? 'other' : 'file';
}

/** The twelve permission bits as the kernel has them. */
export function permissionsOf(mode: number): number {
  return (
    (mode & 0o777) |
    (mode & bits.setuid ? 0o4000 : 0) |
    (mode & bits.setgid ? 0o2000 : 0) |
    (mode & bits.sticky ? 0o1000 : 0)
  );
}

/** The other way round. */
export function goMode(kind: FileKind, permissions: number): number {
  const special =
    (permissions & 0o4000 ? bits.setuid : 0) |
    (permissions & 0o2000 ? bits.setgid : 0) |
    (permissions & 0o1000 ? bits.sticky : 0);
  return (typeBits(kind) | special | (permissions & 0o777)) >>> 0;
}

function typeBits(kind: FileKind): number {
  if (kind === 'character') return bits.device | bits.characterDevice;
  if (kind === 'block') return bits.device;
  return kind === 'file' || kind === 'other' ? 0 : bits[kind];
}
