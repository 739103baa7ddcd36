import {
  chmodSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { exec } from '../../src/lib/exec.ts';
import { encodeHeader } from '../../src/lib/tar/encode.ts';
import { makeEntry, paddingOf, type TarEntry, trailer } from '../../src/lib/tar/entry.ts';
import type { CorpusCase } from './cases.ts';

const TIME = 1_234_567_890;

/** The context that all builds of the corpus have, with modes. */
const common: Readonly<Record<string, readonly [content: string, mode: number]>> = {
  'a.txt': ['a\n', 0o644],
  'b.txt': ['b\n', 0o640],
  'secret.txt': ['secret\n', 0o600],
  'run.sh': ['#!/bin/sh\n', 0o755],
  'dir/x': ['x\n', 0o644],
  'dir/y.md': ['y\n', 0o644],
  'dir/sub/z': ['z\n', 0o755],
  'dir/sub/w.md': ['w\n', 0o644],
  'dir2/v': ['v\n', 0o644],
  'dir2/x': ['x2\n', 0o644],
  'sp ace': ['space\n', 0o644],
  'we[ir]d': ['weird\n', 0o644],
  '.hidden': ['hidden\n', 0o644],
  '-dash': ['dash\n', 0o644],
  'ünï/日本': ['name\n', 0o644],
  'modes/open/f': ['f\n', 0o666],
  'modes/shut/f': ['f\n', 0o400],
  'modes/special': ['f\n', 0o4755],
  'links/file': ['linked\n', 0o644],
  'fake.tar.gz': ['not an archive\n', 0o644],
};

const symlinks: Readonly<Record<string, string>> = {
  link: 'a.txt',
  dirlink: 'dir',
  abs: '/etc/hostname',
  'links/rel': 'file',
  'links/up': '../a.txt',
  'links/dangling': 'nowhere',
  'links/abs': '/etc/passwd',
  'links/dir': '../dir',
};

/** Writes a case's context into a directory, the same each time. */
export async function writeContext(directory: string, { dockerfile, files }: CorpusCase): Promise<void> {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const [path, [content, mode]] of Object.entries(common)) put(directory, path, content, mode);
  for (const [path, target] of Object.entries(symlinks)) symlinkSync(target, join(directory, path));
  linkSync(join(directory, 'links/file'), join(directory, 'links/hard'));
  mkdirSync(join(directory, 'empty'));
  chmodSync(join(directory, 'modes/open'), 0o777);
  chmodSync(join(directory, 'modes/shut'), 0o700);
  await writeArchives(directory);
  put(directory, 'Dockerfile', dockerfile, 0o644);
  for (const [path, content] of Object.entries(files)) put(directory, path, content, 0o644);
  setTimes(directory);
}

function put(directory: string, path: string, content: string | Uint8Array, mode: number): void {
  const full = join(directory, path);
  mkdirSync(dirname(full), { recursive: true, mode: 0o755 });
  writeFileSync(full, content);
  chmodSync(full, mode);
}

async function writeArchives(directory: string): Promise<void> {
  const archive = makeArchive();
  put(directory, 't.tar', archive, 0o644);
  put(directory, 'archives/t.tar', archive, 0o644);
  put(directory, 't.tar.gz', gzipSync(archive), 0o644);
  put(directory, 'a.gz', gzipSync('only compressed\n'), 0o644);
  const compress = (suffix: string, program: string, ...args: string[]): Promise<unknown> =>
    exec('sh', ['-c', `${program} ${args.join(' ')} < t.tar > t.tar.${suffix}`], { cwd: directory });
  await compress('bz2', 'bzip2');
  await compress('xz', 'xz');
  await compress('zst', 'zstd', '-q');
}

function makeArchive(): Buffer {
  const members: (Partial<TarEntry> & { name: string; content?: string })[] = [
    { name: 'f', content: 'in tar\n', mode: 0o640, uid: 7, gid: 8 },
    { name: 'sub/', type: 'directory', mode: 0o750, uid: 9 },
    { name: 'sub/g', content: 'g\n', mode: 0o4755 },
    { name: 'l', type: 'symlink', linkName: 'f' },
    { name: 'h', type: 'hardlink', linkName: 'f', mode: 0o640, uid: 7, gid: 8 },
    { name: 'implied/deep/x', content: 'x\n' },
    { name: 'fifo', type: 'fifo', mode: 0o600 },
  ];
  const parts = members.flatMap(({ content = '', ...given }) => {
    const body = Buffer.from(content);
    const entry = makeEntry({ size: body.length, mtime: TIME, ...given });
    return [encodeHeader(entry), body, Buffer.alloc(paddingOf(body.length))];
  });
  return Buffer.concat([...parts, trailer]);
}

function setTimes(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) setTimes(path);
    lutimesSync(path, TIME, TIME);
  }
}
