import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { resolveUser } from './resolve-user.ts';

let rootfs: string;
before(() => {
  rootfs = mkdtempSync('/tmp/ladr-user-');
  mkdirSync(join(rootfs, 'etc'));
  writeFileSync(
    join(rootfs, 'etc/passwd'),
    '# comment\nroot:x:0:0:root:/root:/bin/sh\n\nalice:x:1000:100::/home/alice:/bin/sh\nbroken:x:a:b::/:\n2000:x:3000:3000::/n:\n',
  );
  writeFileSync(
    join(rootfs, 'etc/group'),
    'root:x:0:\nusers:x:100:\nstaff:x:50:bob,alice\nwheel:x:10:root\n',
  );
});
after(() => rmSync(rootfs, { recursive: true }));

test('a name brings its group, the groups it is a member of, and its home', () => {
  assert.deepEqual(resolveUser(rootfs, 'alice'), {
    uid: 1000,
    gid: 100,
    additionalGids: [50],
    home: '/home/alice',
    name: 'alice',
  });
});

test('no text is root', () => {
  const root = { uid: 0, gid: 0, additionalGids: [10], home: '/root', name: 'root' };
  assert.deepEqual(resolveUser(rootfs, ''), root);
  assert.deepEqual(resolveUser(rootfs, ':'), root);
});

test('a number is found by id, and needs no entry', () => {
  assert.equal(resolveUser(rootfs, '1000').name, 'alice');
  assert.deepEqual(resolveUser(rootfs, '77'), { uid: 77, gid: 0, additionalGids: [], home: '/', name: '77' });
  assert.equal(resolveUser(rootfs, '2000').uid, 2000);
});

test('an explicit group replaces the own ones; added groups come on top', () => {
  assert.deepEqual(resolveUser(rootfs, 'alice:wheel', ['staff', '7']), {
    uid: 1000,
    gid: 10,
    additionalGids: [50, 7],
    home: '/home/alice',
    name: 'alice',
  });
  assert.equal(resolveUser(rootfs, '5:1234').gid, 1234);
});

test('unknown names and numbers out of range are refused in the words of Docker', () => {
  const message = (text: string, groups: string[] = []): string => {
    try {
      return JSON.stringify(resolveUser(rootfs, text, groups));
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.equal(message('carol'), 'unable to find user carol: no matching entries in passwd file');
  assert.equal(message('broken'), 'unable to find user broken: no matching entries in passwd file');
  assert.equal(message('0:nogrp'), 'unable to find group nogrp: no matching entries in group file');
  assert.equal(message('0', ['nogrp']), 'unable to find group nogrp: no matching entries in group file');
  assert.equal(message('99999999999'), 'uids and gids must be in range 0-2147483647');
  assert.equal(message('0:-1'), 'uids and gids must be in range 0-2147483647');
});

test('account files outside of the root file system are not read through links', () => {
  const hostile = mkdtempSync('/tmp/ladr-user-');
  try {
    writeFileSync(join(hostile, 'passwd'), 'evil:x:0:0::/:\n');
    mkdirSync(join(hostile, 'rootfs'));
    symlinkSync('../..', join(hostile, 'rootfs/etc'));
    symlinkSync(hostile, join(hostile, 'rootfs/absolute'));
    assert.throws(() => resolveUser(join(hostile, 'rootfs'), 'evil'), /unable to find user evil/);
    assert.throws(() => resolveUser(join(hostile, 'nothing'), 'x'), /ENOENT|unable to find user/);
  } finally {
    rmSync(hostile, { recursive: true });
  }
});
