import {
  chmodSync,
  cpSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { writeXattr } from '../../src/kernel/xattr.ts';
import { encodeHeader } from '../../src/lib/tar/encode.ts';
import { makeEntry, paddingOf, trailer } from '../../src/lib/tar/entry.ts';
import type { Edit, RealProject } from './projects.ts';

/** All files of all contexts are of then. */
export const TIME = 1_234_567_890;

/** Copies a project, with what git does not keep: times, modes and files of odd kinds. */
export function writeContext(directory: string, project: RealProject): void {
  rmSync(directory, { recursive: true, force: true });
  cpSync(project.directory, directory, { recursive: true });
  // An umask of another checkout
  setModes(directory);
  if (project.name === 'odd') writeOddFiles(directory);
  setTimes(directory);
}

/** Replaces text in files of a context; each has a new time then. */
export function edit(directory: string, edits: readonly Edit[]): void {
  for (const { file, from, to } of edits) {
    const path = join(directory, file);
    const parts = readFileSync(path, 'utf8').split(from);
    if (parts.length !== 2) throw new Error(`${path} has ${JSON.stringify(from)} ${parts.length - 1} times`);
    writeFileSync(path, parts.join(to));
    lutimesSync(path, TIME + 1000, TIME + 1000);
  }
}

function writeOddFiles(directory: string): void {
  const put = (path: string, content: string | Uint8Array = 'x\n', mode = 0o644): string => {
    const full = join(directory, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content);
    chmodSync(full, mode);
    return full;
  };
  put('tree/file', 'text\n');
  put('tree/run.sh', '#!/bin/sh\n', 0o755);
  put('tree/set', '#!/bin/sh\n', 0o6755);
  put('tree/secret.tmp', 'sesame\n', 0o600);
  put('tree/deep/er/x.tmp');
  put('tree/deep/y', 'y\n', 0o000);
  put('tree/big', Buffer.alloc(3 << 20, 'lading '));
  truncateSync(put('tree/hole', 'begin'), 5 << 20);
  const capability = Buffer.alloc(20);
  capability.writeUInt32LE(0x02000001, 0);
  capability.writeUInt32LE(1 << 13, 4);
  writeXattr(put('tree/capable', '#!/bin/sh\n', 0o755), 'security.capability', capability.toString('latin1'));
  writeXattr(put('tree/noted'), 'user.note', 'seen');
  for (const name of ['new\nline', 'back\\slash', 'sp ace', '-dash', '*', 'é', 'é', '日本', 'n'.repeat(255)])
    put(`tree/names/${name}`, name);
  put(`tree/${`${'d'.repeat(90)}/`.repeat(3)}deep`);
  mkdirSync(join(directory, 'tree/empty'));
  chmodSync(join(directory, 'tree/empty'), 0o1777);
  chmodSync(join(directory, 'tree/deep/er'), 0o2750);
  const links = join(directory, 'tree/links');
  mkdirSync(links);
  for (const [name, target] of Object.entries({
    'to-file': '../file',
    'to-directory': '../deep',
    out: '../../../../../../etc/hostname',
    absolute: '/tree/file',
    dangling: 'nowhere',
    loop: 'loop',
  }))
    symlinkSync(target, join(links, name));
  linkSync(join(directory, 'tree/file'), join(links, 'hard'));
  linkSync(join(directory, 'tree/file'), join(directory, 'tree/also-hard'));
  put('packed.tar', packOdd());
}

function packOdd(): Buffer {
  const members = [
    { name: 'bin/', type: 'directory', mode: 0o2755, uid: 4 },
    { name: 'bin/set', mode: 0o4711, uid: 3, gid: 4, body: '#!\n' },
    { name: 'bin/also', type: 'hardlink', linkName: 'bin/set', mode: 0o4711, uid: 3, gid: 4 },
    { name: 'fifo', type: 'fifo', mode: 0o622 },
    { name: 'away', type: 'symlink', linkName: '../../../etc/passwd' },
    { name: Buffer.from('né').toString('latin1'), body: 'x' },
  ] as const;
  const parts = members.flatMap((given) => {
    const body = Buffer.from('body' in given ? given.body : '');
    const entry = makeEntry({ size: body.length, mtime: TIME, ...given });
    return [encodeHeader(entry), body, Buffer.alloc(paddingOf(body.length))];
  });
  return Buffer.concat([...parts, trailer]);
}

function setModes(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    chmodSync(path, entry.isDirectory() || entry.name.endsWith('.sh') ? 0o755 : 0o644);
  }
}

function setTimes(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) setTimes(path);
    lutimesSync(path, TIME, TIME);
  }
}
