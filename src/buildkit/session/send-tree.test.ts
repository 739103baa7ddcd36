import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeNode, S_IFBLK, S_IFCHR, S_IFIFO } from '../../kernel/mknod.ts';
import { writeXattr } from '../../kernel/xattr.ts';
import type { FileStat, Packet } from '../message-types.ts';
import { codec } from '../messages.ts';
import { sendTree } from './send-tree.ts';
import type { Session } from './session.ts';

const packets = codec<Packet>('fsutil.types.Packet');
const { signal } = new AbortController();

/** What a client is told of a directory. */
async function tellOf(root: string): Promise<Map<string, Partial<FileStat>>> {
  const told = new Map<string, Partial<FileStat>>();
  const stream = {
    send: async (message: Uint8Array) => {
      const { stat } = packets.decode(message);
      if (stat) told.set(stat.path ?? '', stat);
    },
    messages: (async function* () {
      yield packets.encode({ type: 3 });
    })(),
    end() {},
    cancel() {},
  };
  await sendTree({ open: () => stream } as unknown as Session, { root }, 0, signal);
  return told;
}

test('FIFOs, devices and attributes are sent as what they are', async () => {
  const root = mkdtempSync('/tmp/lading-send-');
  try {
    mkdirSync(join(root, 'd'));
    writeFileSync(join(root, 'f'), 'text');
    linkSync(join(root, 'f'), join(root, 'g'));
    makeNode(join(root, 'fifo'), S_IFIFO | 0o640);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) makeNode(join(root, 'null'), S_IFCHR | 0o600, 1, 3);
    if (isRoot) makeNode(join(root, 'disk'), S_IFBLK | 0o600, 8, 300);
    writeXattr(join(root, 'f'), 'user.note', 'é');
    const told = await tellOf(root);
    const fileOf = (name: string) => told.get(name) ?? assert.fail(`${name} was not told`);
    assert.equal(fileOf('fifo').mode, 0x0200_0000 | 0o640);
    assert.equal(Buffer.from(fileOf('f').xattrs?.['user.note'] ?? '').toString('latin1'), 'é');
    assert.equal(fileOf('g').linkname, 'f');
    if (!isRoot) return;
    const { mode, devmajor, devminor } = fileOf('null');
    assert.deepEqual([mode, devmajor, devminor], [0x0420_0000 | 0o600, 1, 3]);
    const disk = fileOf('disk');
    assert.deepEqual([disk.mode, disk.devmajor, disk.devminor], [0x0400_0000 | 0o600, 8, 300]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test('a name that the protocol cannot say is told', async () => {
  const root = mkdtempSync('/tmp/lading-send-');
  try {
    writeFileSync(Buffer.from(`${root}/na\xffme`, 'latin1'), 'x');
    await assert.rejects(tellOf(root), /"na\\xffme".* not UTF-8/);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
